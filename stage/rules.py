"""The rules of the stage in numbers: what an act does, how often, and when the stage is cleared."""

from datetime import timedelta

# Requests for one seat at once: a crowd, and still answered within seconds by one process.
RACERS = 200
# Changes while a page is unplugged, one after each pause: all of them within its ten seconds.
CHANGES_MEANWHILE = 9
PAUSE_MEANWHILE = timedelta(seconds=0.9)

# Sales that are undone, and others made in their place: few enough to follow, one after each pause.
SALES_UNDONE = 6
PAUSE_BETWEEN_SALES = timedelta(seconds=0.25)
# From what the database forgot to the next sale: screens learn of it by their regular look at the
# log, or else with that sale.
PAUSE_AFTER_UNDOING = timedelta(seconds=2)

# An act is begun by one request and played by another, which has to come within so long.
CUE_TIME = timedelta(seconds=10)
# By then an act is over, whatever became of its process.
LONGEST_ACT = timedelta(seconds=40)
# After a race the stage rests for so many times as long as the race took, and after any act for no
# shorter than this: so races take a third of one process, however many people have the page open.
REST_SHARE = 2
SHORTEST_REST = timedelta(seconds=2)

# A stage on which nobody has played for so long is cleared for whoever comes next.
IDLE_TIME = timedelta(minutes=5)
# Or when so few seats are free, or its log has so many entries.
FEWEST_FREE = 20
LONGEST_LOG = 2_000
