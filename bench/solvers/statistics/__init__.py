"""Statistics of runs: intervals for medians with misses, paired comparisons, the budget curve, shares of targets,
expected running times."""

from .medians import Interval as Interval, interval_ranks as interval_ranks, median_interval as median_interval
from .paired import Comparison as Comparison, compare as compare, compare_studies as compare_studies, holm as holm
from .running_time import (
    Restarted as Restarted,
    expected_running_time as expected_running_time,
    restarted as restarted,
    simulated_restarts as simulated_restarts,
)
from .shares import dolan_more as dolan_more, share_reached as share_reached, wins as wins
from .signed_rank import Location as Location, location as location, signed_rank as signed_rank
from .tuning import expected_best as expected_best
from .unpaired import compare_unpaired as compare_unpaired
from .variance import Parts as Parts, variance_parts as variance_parts
