"""A person with all that one can do in the portal."""

from tests.browser.navigators.administration import Administration
from tests.browser.navigators.draft import Drafts
from tests.browser.navigators.entry import Entry
from tests.browser.navigators.settings import Settings
from tests.browser.navigators.terms import Terms
from tests.browser.navigators.translation import Translation


class Person(Entry, Administration, Terms, Translation, Drafts, Settings):
    """Reads as prose: ``kim.creates_room("bilateral", "Art. 4", with_=[weber])``."""
