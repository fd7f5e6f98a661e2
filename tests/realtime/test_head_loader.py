import asyncio

from tests.realtime.endpoint_case import Answer, EndpointTestCase, ask
from tests.realtime.fakes import (
    PATIENT,
    opened,
)


class HeadLoaderTests(EndpointTestCase):
    async def test_burst_costs_two_batches(self) -> None:
        async with opened(self.source, PATIENT) as rooms:
            with self.using(rooms):
                await self.warm(rooms)
                self.batches.clear()
                await asyncio.gather(*(ask(self.endpoint) for _ in range(50)))
        self.assertEqual(sum(self.batches), 50)
        self.assertLessEqual(len(self.batches), 2)

    async def test_answer_is_not_older_than_its_question(self) -> None:
        """Who asks while the database answers others must not get their answer."""
        late: list[asyncio.Task[Answer]] = []

        def commit_and_ask() -> None:
            if not late:
                self.source.commit((1, "b"))
                late.append(asyncio.get_running_loop().create_task(ask(self.endpoint)))

        async with opened(self.source, PATIENT) as rooms:
            with self.using(rooms):
                await self.warm(rooms)
                self.while_asking = commit_and_ask
                early = await ask(self.endpoint)
                answer = await late[0]
        self.assertEqual((early.map[0], answer.map[0]), (0, 1))

    async def test_client_that_goes_away_does_not_spoil_the_others_batch(self) -> None:
        async with opened(self.source, PATIENT) as rooms:
            with self.using(rooms):
                await self.warm(rooms)
                leaving = asyncio.create_task(ask(self.endpoint))
                staying = asyncio.create_task(ask(self.endpoint))
                await asyncio.sleep(0)
                leaving.cancel()
                answer = await staying
        self.assertEqual(answer.status, 200)
