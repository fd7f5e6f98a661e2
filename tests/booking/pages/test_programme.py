import re
from datetime import date, timedelta
from unittest import mock

from django.test import TestCase, tag
from django.utils import timezone
from django.utils.html import escape

from booking.models import Show
from booking.pages import programme
from booking.services.sales import book_seats
from tests import factories

LONG = "Through " * 24 + "it all"
RIGHT_TO_LEFT = "ערב טוב, עולם"
DAY = timedelta(days=1)


def noon(days: int) -> object:
    """Return noon of a day so many days ahead."""
    today = timezone.localtime().replace(hour=12, minute=0, second=0, microsecond=0)
    return today + days * DAY


class ProgrammeCase(TestCase):
    def shows(self, *days: int, **options: object) -> list[Show]:
        return [factories.show(starts_at=noon(day), **options) for day in days]  # type: ignore[arg-type]

    def listed(self, path: str) -> list[int]:
        """Return the ids of the shows on a page, as it names them."""
        html = self.client.get(path).content.decode()
        return [int(pk) for pk in re.findall(r'data-show-time="(\d+)"', html)]

    def links(self, path: str) -> dict[str, str]:
        """Return where the links to other days and pages lead, by what they say."""
        html = self.client.get(path).content.decode()
        found = re.findall(
            r'<a class="(?:day-tab|button button-small)" href="([^"]*)"[^>]*>(.*?)</a>', html
        )
        return {re.sub("<[^>]*>", "", text): href.replace("&amp;", "&") for href, text in found}


@tag("once")
class MoviesPageTests(ProgrammeCase):
    def test_all_shows_stand_with_their_films(self) -> None:
        movie = factories.movie()
        first, second = self.shows(1, 2, of=movie)
        (other,) = self.shows(1)

        response = self.client.get("/movies/")

        films = [(film.movie, film.times) for film in response.context["films"]]
        self.assertEqual(films, [(movie, [first, second]), (other.movie, [other])])

    def test_day_has_its_own_shows_and_says_so_once(self) -> None:
        wanted, _ = self.shows(1, 2)
        path = f"/movies/?date={timezone.localdate() + DAY}"

        self.assertEqual(self.listed(path), [wanted.pk])
        response = self.client.get(path)
        self.assertContains(response, " hidden>Tomorrow</span> <strong>12:00</strong>")
        self.assertContains(response, "Tomorrow</span></h1>")

    def test_days_are_links_that_keep_what_else_is_asked_for(self) -> None:
        self.shows(1, 2)
        tomorrow = timezone.localdate() + DAY

        links = self.links(f"/movies/?title=movie&date={tomorrow}&nonsense=1")

        self.assertEqual(links["All days"], "/movies/?title=movie")
        self.assertEqual(links["Tomorrow"], f"/movies/?date={tomorrow}&title=movie")
        self.assertNotIn("nonsense", "".join(links.values()))

    def test_more_days_than_there_is_room_for_are_a_link_away(self) -> None:
        room = factories.auditorium()
        shows = self.shows(*range(1, programme.TABS + 2), room=room, of=factories.movie())

        later = self.links("/movies/")["Later"]
        earlier = self.links(later)["Earlier"]

        self.assertEqual(self.listed(later), [shows[-1].pk])
        self.assertEqual(self.listed(earlier), [shows[0].pk])

    def test_pages_are_bounded_and_lead_on(self) -> None:
        shows = self.shows(1, 2, 3, of=factories.movie())
        with mock.patch.object(programme, "ON_A_PAGE", 2):
            self.assertEqual(self.listed("/movies/"), [show.pk for show in shows[:2]])
            later = self.links("/movies/")["Later shows"]
            self.assertEqual(self.listed(later), [shows[2].pk])
            self.assertEqual(self.links(later)["Earlier shows"], "/movies/?page=1")

    def test_film_names_its_first_times_and_leads_to_the_others(self) -> None:
        shows = self.shows(*range(1, programme.TIMES_OF_A_CARD + 3), of=factories.movie())

        response = self.client.get("/movies/")

        self.assertEqual(
            self.listed("/movies/"), [show.pk for show in shows[: programme.TIMES_OF_A_CARD]]
        )
        self.assertContains(response, "All its times")

    def test_what_cannot_be_understood_is_said_and_ignored(self) -> None:
        (show,) = self.shows(1)
        for query, told in {
            "date=2026-13-45": "There is no such day.",
            "date=tomorrow": "There is no such day.",
            f"auditorium={show.auditorium_id + 1}": "No show is planned there.",
            "auditorium=%00": "No show is planned there.",
            "time=noon": "noon is not one of the available choices.",
            "title=%00": "Null characters are not allowed.",
            f"title={'a' * 101}": "at most 100 characters",
            "page=0": "",
            "page=-1": "",
            "page=x": "",
            "date=0001-01-01": "",
            "date=9999-12-31": "",
        }.items():
            with self.subTest(query):
                response = self.client.get(f"/movies/?{query}")
                self.assertContains(response, told)
                expected = 0 if "01-01" in query or "12-31" in query else 1
                self.assertEqual(len(response.context["films"]), expected)

    def test_dead_end_leads_on(self) -> None:
        self.shows(1)
        nothing = self.client.get(f"/movies/?title=zzz&date={timezone.localdate() + DAY}")
        self.assertContains(nothing, "No show to come is like that.")
        self.assertContains(nothing, 'href="/movies/?title=zzz">Look on all days')
        self.assertContains(nothing, 'href="/movies/">Show everything that is on')

        Show.objects.update(starts_at=timezone.now() - DAY)
        self.assertContains(self.client.get("/movies/"), "No show is planned right now.")

    def test_page_that_is_far_out_is_empty(self) -> None:
        self.shows(1)
        response = self.client.get("/movies/?page=999999999")
        self.assertNotContains(response, "No show is planned")
        self.assertEqual((response.status_code, response.context["films"]), (200, []))

    def test_price_is_the_lowest_of_those_listed(self) -> None:
        movie = factories.movie()
        self.shows(1, of=movie, price="12.00")
        self.shows(2, of=movie, price="9.50")

        self.assertContains(self.client.get("/movies/"), "from €9.50")
        tomorrow = timezone.localdate() + DAY
        self.assertContains(self.client.get(f"/movies/?date={tomorrow}"), "from €12.00")

    def test_sold_out_show_says_so_and_is_still_a_link(self) -> None:
        (show,) = self.shows(1, plan="S")
        book_seats(show_id=show.pk, seat_numbers=[1], user=factories.user(), now=timezone.now())
        response = self.client.get("/movies/")
        self.assertContains(response, "<span data-seats>none left</span>", html=True)
        self.assertContains(response, f'is-sold-out" href="/shows/{show.pk}/"')


@tag("once")
class TitleTests(ProgrammeCase):
    def test_no_title_breaks_a_page(self) -> None:
        for title in (LONG, RIGHT_TO_LEFT, "", " ", "</script><b>", "{{ title }}"):
            with self.subTest(title):
                movie = factories.movie(title=title, synopsis=title * 9)
                (show,) = self.shows(1, of=movie)
                said = escape(title.strip() or "Untitled film")
                for path in ("/", "/movies/", f"/movies/{movie.pk}/", f"/shows/{show.pk}/"):
                    html = self.client.get(path).content.decode()
                    self.assertIn(f">{said}</", html)
                    self.assertNotIn("</script><b>", html)
                show.delete()


@tag("once")
class MoviePageTests(ProgrammeCase):
    def test_film_has_all_its_times_by_day(self) -> None:
        movie = factories.movie(title="Salt", synopsis="The sea.", certificate="PG")
        first, second, third = self.shows(1, 1, 2, of=movie)
        self.shows(1)

        response = self.client.get(f"/movies/{movie.pk}/")

        self.assertEqual(response.context["days"], [[first, second], [third]])
        for text in ("Salt</h1>", "The sea.", "PG</span>", "from €10.00", "Tomorrow</span></h2>"):
            self.assertContains(response, text)

    def test_film_that_is_not_on_leads_on(self) -> None:
        movie = factories.movie()
        response = self.client.get(f"/movies/{movie.pk}/")
        self.assertContains(response, "No show of this film is planned right now.")
        self.assertContains(response, 'href="/movies/"')

    def test_no_film(self) -> None:
        for path in ("/movies/999999/", "/movies/99999999999999999999/"):
            self.assertEqual(self.client.get(path).status_code, 404)

    def test_pages_are_bounded_and_lead_on(self) -> None:
        shows = self.shows(1, 2, 3, of=factories.movie())
        path = f"/movies/{shows[0].movie_id}/"
        with mock.patch.object(programme, "OF_A_FILM", 2):
            self.assertEqual(self.listed(path), [show.pk for show in shows[:2]])
            later = self.links(path)["Later shows"]
            self.assertEqual((later, self.listed(later)), (f"{path}?page=2", [shows[2].pk]))

    def test_show_leads_to_its_film(self) -> None:
        (show,) = self.shows(1)
        response = self.client.get(f"/shows/{show.pk}/")
        self.assertContains(response, f'href="/movies/{show.movie_id}/"')


@tag("once")
class OtherTimesTests(ProgrammeCase):
    def sell_out(self, show: Show) -> None:
        book_seats(show_id=show.pk, seat_numbers=[1], user=factories.user(), now=timezone.now())

    def test_show_leads_to_other_times_that_have_seats(self) -> None:
        full, sooner, later = self.shows(1, 2, 3, of=factories.movie(), plan="S")
        self.sell_out(sooner)
        for path in (f"/shows/{full.pk}/", f"/shows/{full.pk}/?seats=1"):
            response = self.client.get(path)
            self.assertEqual(response.context["other_times"], [later])
            self.assertContains(response, f'href="/shows/{later.pk}/"')

    def test_list_of_seats_leads_on_when_there_are_none(self) -> None:
        show, other = self.shows(1, 2, of=factories.movie(), plan="S")
        path = f"/shows/{show.pk}/list/"
        self.assertNotContains(self.client.get(path), f'href="/shows/{other.pk}/"')

        self.sell_out(show)
        response = self.client.get(path)
        self.assertContains(response, "No seat is free now.")
        self.assertContains(response, f'href="/shows/{other.pk}/"')

        Show.objects.filter(pk=show.pk).update(starts_at=timezone.now())
        self.assertContains(self.client.get(path), f'href="/shows/{other.pk}/"')

    def test_refusal_leads_on(self) -> None:
        show, other = self.shows(1, 2, of=factories.movie(), plan="S")
        self.sell_out(show)
        self.client.force_login(factories.user())
        response = self.client.post(f"/shows/{show.pk}/book/", {"seats": "1"})
        self.assertEqual(response.status_code, 409)
        refusal = response.content.decode().partition("refusal")[2].partition("box-office")[0]
        self.assertIn(f'href="/shows/{other.pk}/"', refusal)


@tag("once")
class WhatsOnTests(ProgrammeCase):
    def test_little_is_listed_whole(self) -> None:
        shows = self.shows(1, 2, 3)
        self.assertEqual(self.listed("/"), [show.pk for show in shows])
        self.assertNotContains(self.client.get("/"), "day-tab")

    def test_of_much_the_first_day_is_listed_and_the_others_are_links(self) -> None:
        with mock.patch.object(programme, "SHOWS_AT_A_GLANCE", 2):
            today, tomorrow, third = self.shows(1, 2, 3)
            self.assertEqual(self.listed("/"), [today.pk])
            links = self.links("/")
            day = date.fromisoformat(links["Tomorrow"].partition("=")[2])
            self.assertEqual(day, timezone.localdate() + DAY)
            self.assertEqual(self.listed(links["All days"]), [today.pk, tomorrow.pk, third.pk])

    def test_day_with_more_than_a_page_leads_on(self) -> None:
        shows = self.shows(1, 1, 1)
        with (
            mock.patch.object(programme, "SHOWS_AT_A_GLANCE", 2),
            mock.patch.object(programme, "ON_A_PAGE", 2),
        ):
            later = self.links("/")["Later shows"]
            self.assertEqual(self.listed(later), [shows[2].pk])

    def test_nothing_of_a_person_is_on_these_pages_but_in_the_header(self) -> None:
        """They can be kept for all: a booking shows nowhere, nor does a cookie."""
        (show,) = self.shows(1)
        user = factories.user(username="somebody")
        paths = ("/movies/", f"/movies/{show.movie_id}/")
        self.client.force_login(user)
        own = [self.client.get(path).content.decode() for path in paths]
        self.client.logout()
        self.client.cookies.clear()
        for path, html in zip(paths, own, strict=True):
            response = self.client.get(path)
            self.assertEqual(response.cookies, {})
            main = [
                re.search("<main.*</main>", each, re.DOTALL)
                for each in (html, response.content.decode())
            ]
            self.assertEqual(*(found and found[0] for found in main))
