"""Public names of `evomusic.io`."""

from .files import fit_file as fit_file
from .files import read as read
from .files import read_tune as read_tune
from .files import tunes_in as tunes_in
from .files import write as write
from .fitting import Fit as Fit
from .fitting import fit as fit
from .formats import FORMATS as FORMATS
from .formats import READS as READS
from .formats import WRITES as WRITES
from .formats import Format as Format
from .keys import estimate_key as estimate_key
from .own_grid import grid_for as grid_for
from .tune import Meter as Meter
from .tune import Tune as Tune
from .tune import TuneError as TuneError
from .tune import TuneNote as TuneNote
