"""`bulkorders template`: a blank order form for the live service list, never in the place of a filled one."""

from __future__ import annotations

from pathlib import Path

from bulkorders.account import answered, connected
from bulkorders.blanks import OTHER_PLACE, SHEETS, check_kind, write_form
from bulkorders.config import Settings
from bulkorders.core.catalog import Catalog
from bulkorders.core.listing import Wanted
from bulkorders.core.lists import has_lists
from bulkorders.core.model import count_told
from bulkorders.errors import FileError, UsageError
from bulkorders.progress import Face
from bulkorders.readfile import read_sheet
from bulkorders.servicelist import now_or_kept, old_told


async def template(settings: Settings, wanted: Wanted, path: Path, *, force: bool) -> Path:
    """Write a form for the services that fit; return where it really is.

    Raises:
        CommandError: something of a person's is in the way, no service fits, or the panel gave no list.
    """
    suffix = check_kind(path)
    if not force:
        spare(path)
    face = Face()
    if suffix == ".csv":  # only the headings: no list is needed
        written = write_form(path, ())
    else:
        written = await _from_list(settings, wanted, path, face)
    face.say(f"Written: {written}. Fill it in, then: bulkorders check {written.name}")
    return written


async def _from_list(settings: Settings, wanted: Wanted, path: Path, face: Face) -> Path:
    async with connected(settings, face) as panel:
        account = await answered(panel.balance())
        listing, old = await now_or_kept(settings, panel, face, account.currency)
    if old:
        face.say(f"Note: {old} {old_told(listing)}")
    found = [service for service in listing.services if wanted.fits(service)]
    if not found:
        raise UsageError("No service fits, so there is nothing to choose from.", "Ask for less, or check the spelling.")
    face.say(f"The form offers {count_told(len(found), 'service')}.")
    made_on = listing.fetched_at.astimezone().date()
    return write_form(path, found, currency=listing.currency, made_on=made_on, catalog=Catalog(listing.services))


def spare(path: Path) -> None:
    """Leave alone what is no blank form: a form with rows in it, one with more sheets, or another file.

    Raises:
        FileError: it is such a file.
    """
    if not path.exists():
        return
    try:
        sheet = read_sheet(path)
    except FileError:
        raise _kept(f"{path} is there already, and is no blank form.") from None
    if sheet.rows:
        raise _kept(f"{path} is there already, with {count_told(len(sheet.rows), 'row')} filled in.")
    if has_lists(sheet.lists):
        raise _kept(f"{path} is there already, with lists filled in.")
    others = sorted(set(sheet.other_sheets) - set(SHEETS))
    if others:
        raise _kept(f'{path} is there already, with a sheet "{others[0]}" in it.')


def _kept(message: str) -> FileError:
    return FileError(message, f"{OTHER_PLACE} To replace this one, add --force.")
