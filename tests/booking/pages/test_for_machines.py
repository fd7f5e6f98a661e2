"""What search engines, and programs that show a link, get from pages."""

import json
import re
from datetime import datetime, timedelta
from typing import Any
from unittest import mock
from xml.etree import ElementTree

from django.test import TestCase, tag
from django.utils import timezone

from booking.models import Show
from booking.pages import linked_data
from booking.services.sales import book_seats
from tests import factories

BLOCK = re.compile(r'<script type="application/ld\+json">(.*?)</script>', re.DOTALL)
HOST = "http://testserver"
LOC = "{http://www.sitemaps.org/schemas/sitemap/0.9}loc"


@tag("once")
class LinkedDataTests(TestCase):
    def graph(self, path: str) -> list[dict[str, Any]]:
        """Return what the page says of films and shows."""
        [block] = BLOCK.findall(self.client.get(path).content.decode())
        data = json.loads(block)
        self.assertEqual(data["@context"], "https://schema.org")
        return list(data["@graph"])

    def test_show_page_says_what_is_on_when_and_where(self) -> None:
        movie = factories.movie(title="Salt", certificate="PG", synopsis="The sea.")
        show = factories.show(of=movie, price="12.50")
        book_seats(show_id=show.pk, seat_numbers=[1], user=factories.user(), now=timezone.now())

        film, event = self.graph(f"/shows/{show.pk}/")

        self.assertEqual(
            film,
            {
                "@type": "Movie",
                "@id": f"{HOST}/movies/{movie.pk}/",
                "url": f"{HOST}/movies/{movie.pk}/",
                "name": "Salt",
                "duration": "PT100M",
                "contentRating": "PG",
                "description": "The sea.",
            },
        )
        start, end = (datetime.fromisoformat(event[name]) for name in ("startDate", "endDate"))
        self.assertEqual((start, end - start), (show.starts_at, timedelta(minutes=100)))
        said = {name: event[name] for name in ("@type", "url", "name", "workPresented", "location")}
        self.assertEqual(
            said,
            {
                "@type": "ScreeningEvent",
                "url": f"{HOST}/shows/{show.pk}/",
                "name": "Salt",
                "workPresented": {"@id": film["@id"]},
                "location": {"@type": "MovieTheater", "name": show.auditorium.name},
            },
        )
        left = (event["remainingAttendeeCapacity"], event["maximumAttendeeCapacity"])
        self.assertEqual(left, (9, 10))
        offer = (event["offers"]["price"], event["offers"]["priceCurrency"])
        self.assertEqual(offer, ("12.50", "EUR"))

    def test_film_page_has_its_next_shows(self) -> None:
        movie = factories.movie()
        shows = [
            factories.show(of=movie, starts_at=timezone.now() + timedelta(days=days))
            for days in (1, 2, 3)
        ]
        with mock.patch.object(linked_data, "MOST_EVENTS", 2):
            graph = self.graph(f"/movies/{movie.pk}/")
        urls = [node["url"] for node in graph]
        wanted = [f"/movies/{movie.pk}/", *(f"/shows/{show.pk}/" for show in shows[:2])]
        self.assertEqual(urls, [f"{HOST}{path}" for path in wanted])

    def test_started_show_is_no_offer(self) -> None:
        show = factories.show(starts_at=timezone.now() - timedelta(minutes=1))
        html = self.client.get(f"/shows/{show.pk}/").content.decode()
        self.assertEqual(BLOCK.findall(html), [])

    def test_unlisted_show_is_not_for_search_engines(self) -> None:
        show = factories.show()
        Show.objects.filter(pk=show.pk).update(is_listed=False)
        html = self.client.get(f"/shows/{show.pk}/").content.decode()
        self.assertEqual(BLOCK.findall(html), [])
        self.assertIn('<meta name="robots" content="noindex">', html)

    def test_no_text_ends_the_block(self) -> None:
        title = '</script><!--<script>&"\\\u2028'
        movie = factories.movie(title=title, synopsis=title)
        show = factories.show(of=movie)
        for path in (f"/movies/{movie.pk}/", f"/shows/{show.pk}/"):
            with self.subTest(path):
                self.assertEqual(self.graph(path)[0]["name"], title)


@tag("once")
class LinkPreviewTests(TestCase):
    def test_page_has_one_address_whatever_is_asked_of_it(self) -> None:
        show = factories.show()
        film = f"/movies/{show.movie_id}/"
        for path, one in {
            "/?seats=1": "/",
            "/movies/?title=a&page=2": "/movies/",
            f"{film}?page=1": film,
            f"/shows/{show.pk}/?seats=1": f"/shows/{show.pk}/",
        }.items():
            with self.subTest(path):
                response = self.client.get(path)
                self.assertContains(response, f'<link rel="canonical" href="{one}">')
                self.assertContains(response, f'<meta property="og:url" content="{HOST}{one}">')
                picture = f'<meta property="og:image" content="{HOST}/static/images/preview.jpg">'
                self.assertContains(response, picture)

    def test_preview_is_escaped(self) -> None:
        show = factories.show(of=factories.movie(title='"><b>'))
        response = self.client.get(f"/shows/{show.pk}/")
        self.assertContains(response, 'og:title" content="&quot;&gt;&lt;b&gt;"')


@tag("once")
class CrawlerTests(TestCase):
    def addresses(self) -> list[str]:
        response = self.client.get("/sitemap.xml")
        self.assertEqual(response["Content-Type"], "application/xml")
        return [str(node.text) for node in ElementTree.fromstring(response.content).iter(LOC)]

    def test_site_map_has_the_films_that_are_on(self) -> None:
        show = factories.show()
        factories.movie()
        unlisted = factories.show()
        Show.objects.filter(pk=unlisted.pk).update(is_listed=False)

        paths = ["/", "/movies/", f"/movies/{show.movie_id}/"]
        self.assertEqual(self.addresses(), [f"{HOST}{path}" for path in paths])

    def test_robots_find_the_site_map_and_no_way_into_what_has_no_end(self) -> None:
        lines = self.client.get("/robots.txt").content.decode().splitlines()
        self.assertIn(f"Sitemap: {HOST}/sitemap.xml", lines)
        self.assertIn("Disallow: /*?", lines)

    def test_every_address_of_the_site_map_can_be_asked_for(self) -> None:
        factories.show()
        for address in self.addresses():
            self.assertEqual(self.client.get(address.removeprefix(HOST)).status_code, 200)
