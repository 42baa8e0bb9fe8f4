"""All guards together."""

from collections.abc import Collection

from portal.translation.guards.finding import Finding
from portal.translation.guards.measures import check_measures
from portal.translation.guards.names import check_names
from portal.translation.guards.negation import check_negation
from portal.translation.guards.numbers import check_numbers
from portal.translation.guards.scripts import check_scripts
from portal.translation.guards.shape import check_shape


def check(
    source: str, target: str, languages: tuple[str, str], *, cut: bool = False, kept: Collection[str] = ()
) -> tuple[Finding, ...]:
    """What to look at twice in ``target``, the translation of the sentence ``source``.

    ``languages`` are those of source and target; ``cut`` says that a limit ended the translation; ``kept`` are words
    that were to stay as they are.
    """
    return (
        *check_numbers(source, target, languages),
        *check_measures(source, target, languages),
        *check_names(source, target, languages),
        *check_negation(source, target, languages),
        *check_scripts(source, target, languages, kept),
        *check_shape(source, target, languages, cut=cut),
    )
