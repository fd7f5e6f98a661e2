"""The rules of the house in numbers: what the box office allows, and for how long.

Whatever tells people or programs of a rule gets it from here. Bounds that are technical, such as
rates and pools, are settings.
"""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

MINUTE = timedelta(minutes=1)

# Seats of one hold, booking or exchange: a family and friends. With more, one click would empty a
# row for everybody else.
SEATS_AT_ONCE = 10
# How many seats together a page offers to find: what most people come as.
BEST_COUNTS = (2, 3, 4)

# A hold lasts so long from its last change, which is enough to sign up and decide.
HOLD_TIME = 8 * MINUTE
# But never longer than this from its first seat: undecided seats are kept from others.
LONGEST_HOLD_TIME = 20 * MINUTE
# So long after its end it can still be taken up again, if nobody else has its seats.
GRACE = 2 * MINUTE

# Held seats of whoever pays online are kept for so long from when that began, but no longer than
# this after the longest hold: time to find the card, and to confirm with the bank.
PAYING_TIME = 8 * MINUTE
# Payments that a client begins within PAYMENTS_COUNTED_FOR and leaves: more than anyone has cards,
# and enough for an office behind one address.
PAYMENTS_LEFT = 30
PAYMENTS_COUNTED_FOR = timedelta(hours=1)

# Live holds of an account, over all shows.
LIVE_HOLDS_OF_ACCOUNT = 5
# Live holds of all who are not signed in at an address. People share one: an office, a foyer.
LIVE_HOLDS_OF_ADDRESS = 20

# Live tickets of an account for one show. Two full bookings: a party or a school class gets in,
# and nobody has a hall to themselves. The counter sells to larger groups.
TICKETS_OF_ACCOUNT = 20
# Seats of one show that an account holds at once, or all guests of an address together.
SEATS_HELD = 20

# Seats that somebody let go of are there for others first, for so long.
REST = 2 * MINUTE
# In each HOLDING_WINDOW a client holds seats of a show for no longer than this, in seats times
# time: as many as it may hold at once, for as long as a hold can last. Over time that is a third.
HOLDING_TIME = SEATS_HELD * LONGEST_HOLD_TIME
HOLDING_WINDOW = timedelta(hours=1)
# What a hold counts at least, however soon it ends: so nobody holds and lets go without end.
SHORTEST_HOLD_COUNTED = MINUTE

# A seat is held for whoever waited for it for so long: time to see the offer and decide, and not
# so much that the next person gives up.
OFFER_TIME = timedelta(seconds=90)
# People who wait for one seat. Whoever joined later would hardly ever get it.
WAITLIST_LENGTH = 20
# Seats of one show that an account waits for at once.
SEATS_AWAITED = 5

# Until so long before the start all that was paid comes back for a ticket: then somebody else may
# still come by. After that, this share of its price is kept, in percent.
FREE_CANCELLATION_UNTIL = timedelta(hours=2)
KEPT_SHARE = 50

# A companion seat is sold without its wheelchair space from so long before the start: by then,
# whoever needs it has mostly come.
COMPANIONS_FOR_ANYONE = 60 * MINUTE

# Between the end of a film and the next show in the same auditorium.
CLEANING_TIME = 15 * MINUTE
# Longer than any film that is shown in one piece.
LONGEST_FILM = 1000 * MINUTE
# A year that is typed wrongly is refused, and so is what calendars and time zones can't take.
FIRST_START = datetime(2000, 1, 1, tzinfo=UTC)
LAST_START = datetime(2199, 12, 31, tzinfo=UTC)

# The door offers shows from so long before their start, so that its list can be read in time.
SHOWN_AT_THE_DOOR_BEFORE = timedelta(days=1)

# Days whose figures are added up at once: a month.
FIGURES_DAYS = 31

# Rows of an auditorium, and seats and aisles of a row: what a screen can still show.
LONGEST_PLAN = 100
WIDEST_PLAN = 100

# For any seat with all surcharges: what a ticket's price has room for.
HIGHEST_PRICE = Decimal("9999.99")
# The share of a price that is VAT, in percent, where no price list says another one.
VAT_RATE = Decimal("7.00")
