"""The command line of `python -m evomusic.corpus`: train a style from a folder of tunes, or make those shipped again.

Results go to stdout, the account of single tunes to stderr.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from evomusic.core import theory
from evomusic.core.checks import choice
from evomusic.core.saving import write_bytes
from evomusic.corpus.style import train, usage
from evomusic.corpus.tunes import read_folder
from evomusic.io.choice import CHORDS, in_options
from evomusic.io.formats import READS, names
from evomusic.rules.style_file import DATA, to_json
from evomusic.rules.style_model import Metre, StyleModel

OK, FAILED, USAGE, BAD_INPUT, NO_OUTPUT = 0, 1, 2, 4, 74


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line, and return its exit code.

    0 done, 1 the check found a difference, 2 usage, 4 no tune could be used, 74 the file could not be written.
    """
    parser = _parser()
    options = parser.parse_args(argv)
    if options.folder is None:
        if options.songs:
            parser.error("--songs needs --from FOLDER: songs of the shipped styles are trained on their collections")
        return _check() if options.check else _rebuild(options.out, options.name)
    if options.check or options.out is None:
        parser.error("--from needs -o FILE, and goes without --check")
    folder, out = Path(options.folder), Path(options.out)
    if out.suffix != ".json":
        parser.error(f"-o is {str(out)!r}, expected a name that ends in .json")
    choices = {"part": options.part, "voice": options.voice, "chords": options.double_stops}
    return _train(folder, out, options.name or out.stem, options.mode, options.metre, choices, options.songs)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="evomusic style",
        description=f"Train a style from a folder of {names(READS)} files, or from one file such as an ABC book. "
        "Without --from, make the shipped styles again from the collections that are installed with music21.",
    )
    parser.add_argument(
        "--from",
        dest="folder",
        metavar="FOLDER",
        help="folder of tunes, read with its subfolders, or a file, read whole",
    )
    parser.add_argument("-o", "--out", metavar="FILE", help="style file to write, ending in .json")
    parser.add_argument(
        "--name", help="name of the style, the file's when not given; without --from, of the shipped one"
    )
    parser.add_argument("--mode", default="major", choices=list(theory.MODES), help="mode of the tunes taken (major)")
    parser.add_argument(
        "--metre", type=_metre, metavar="BEATSxSTEPS", help="count pitches in this metre only: 4x4 is 4/4 in sixteenths"
    )
    parser.add_argument(
        "--songs",
        action="store_true",
        help="store the tunes' bars in the file, too, so that songs of any length are trained on them: "
        "make('song', style=FILE); pass the file on only as you may the tunes",
    )
    parser.add_argument("--part", help="part of every tune: number, name, or melody, the most melodic one")
    parser.add_argument("--voice", help="voice of that part: name, number, or melody")
    parser.add_argument(
        "--double-stops", choices=CHORDS, help="of notes together, take the top or bottom one, or refuse"
    )
    parser.add_argument("--check", action="store_true", help="compare the shipped styles with ones made anew")
    return parser


def _metre(text: str) -> Metre:
    beats, cross, steps = text.partition("x")
    if not (cross and beats.isdecimal() and steps.isdecimal()):
        raise argparse.ArgumentTypeError(f"{text!r} is no metre, expected beats and steps a beat: 4x4")
    return int(beats), int(steps)


def _check() -> int:
    """Compare each shipped file with one made anew, byte for byte."""
    from evomusic.corpus.shipped import COLLECTIONS

    code = OK
    for name, collection in COLLECTIONS.items():
        file = DATA / f"{name}.json"
        made, shipped = to_json(collection.style(name)), file.read_text(encoding="utf-8") if file.exists() else ""
        if made == shipped:
            print(f"{file.name}: as made anew, byte for byte")
            continue
        changed = sum(a != b for a, b in zip(made.splitlines(), shipped.splitlines(), strict=False))
        print(f"{file.name}: differs from one made anew in {changed} lines or their number", file=sys.stderr)
        code = FAILED
    return code


def _rebuild(out: str | None, name: str | None) -> int:
    """Make the shipped styles again in their place, the one of a name alone, or that one (`ryan`) in another file."""
    from evomusic.corpus.shipped import COLLECTIONS

    try:
        names = [choice("--name", name or "ryan", COLLECTIONS)] if name or out else list(COLLECTIONS)
    except ValueError as error:
        print(error, file=sys.stderr)
        return USAGE
    return max(_write(COLLECTIONS[each].style(each), Path(out) if out else DATA / f"{each}.json") for each in names)


def _train(
    folder: Path,
    out: Path,
    name: str,
    mode: str,
    metre: Metre | None,
    choices: Mapping[str, str | None],
    songs: bool,
) -> int:
    try:
        sources, refused = read_folder(folder, **choices)
        lines = [f"refused  {in_options(line)}" for line in refused]
        lines += [f"{source.name}: {usage(source, mode, metre)}" for source in sources]
        print("\n".join(lines), file=sys.stderr)
        model = train(
            sources,
            name,
            mode=mode,
            metre=metre,
            provenance={"source": f"tunes of the {'folder' if folder.is_dir() else 'file'} {folder.name}"},
            songs=songs,
        )
    except (OSError, ValueError) as error:
        print(f"no style was trained: {error}", file=sys.stderr)
        return BAD_INPUT
    return _write(model, out)


def _write(model: StyleModel, out: Path) -> int:
    """Write the file, and print its contents in numbers."""
    try:
        write_bytes(out, to_json(model).encode())
    except OSError as error:
        print(f"{out} was not written: {error.strerror}", file=sys.stderr)
        return NO_OUTPUT
    account = model.provenance
    print(f"{out}: style {model.name!r} from {account['tunes used']} of {account['tunes read']} tunes")
    if model.tunes:
        print(f"songs: {len(model.tunes)} tunes of {model.mode}, to train them on")
    print("excerpts: " + ", ".join(f"{n} in {metre}" for metre, n in account["excerpts"].items()))
    return OK
