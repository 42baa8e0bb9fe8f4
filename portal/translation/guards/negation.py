"""A hint that a "not" was lost or added: the failure of small models that turns an agreement into its opposite.

It looks for each language's negating words. Languages negate in different places ("I don't think he came" = "I think he
did not come"; "unless", "few", "lack"), so words that negate by their meaning excuse a difference, and only a side with
none at all against a side with a plain one is reported.
"""

# ruff: noqa: E501, RUF001 - tables of letters of other scripts, which count double
import re
from typing import Final

from portal.translation.guards.finding import Finding, Kind, Span

_PLAIN: Final = {
    "en": r"\b(?:not|no|never|none|nobody|nothing|nor|neither|cannot|without|nowhere|no-one)\b|n['’]t\b",
    "ko": r"않|못|없|아니|아닌|아닙|아닐|(?:^|\s)안\s|안\s?[되된됩돼]|말라|말아|마세요|마십시오|말 것|금지|불가|불허|말고|마라|무관|모르|몰랐",
    "ja": r"ない|なく|なかっ|なけれ|ません|ませ|ず[にのは、。]|ずに|ぬ[ 。]|なし|なき|禁止|まい|ざる",
    "zh": r"不|没|未|别|勿|莫|禁止|並非|并非",
    "fr": r"\b(?:ne|pas|jamais|aucune?|rien|sans|ni|non|personne)\b|\bn['’]",
    "es": r"\b(?:no|nunca|jamás|ningún|ninguna|ninguno|nada|nadie|sin|ni|tampoco)\b",
    "ru": r"\b(?:не|нет|ни|без|никогда|никто|ничего|нельзя)\b",
    "de": r"\b(?:nicht|keine?[rnms]?|nie|niemals|ohne|nichts|niemand|weder|noch)\b",
}
"""What plainly negates."""
_EXCUSES: Final = {
    "en": r"\b(?:un|in|im|ir|dis|non|mis)[a-z]{3,}|\b(?:few|little|hardly|barely|rarely|seldom|lack\w*|fail\w*|only|den[iy]\w*"
    r"|refus\w*|prevent\w*|avoid\w*|unless|until|except\w*|free of|absen\w*|ban\w*|prohibit\w*|stop\w*|miss\w*|less|least"
    r"|impossible|other than|instead|rather|too|before|beyond|any|either|but|los[et]\w*|away|against|out|reject\w*|illegal)\b"
    r"|[a-z]less\b",
    "ko": r"비[가-힣]|불[가-힣]|무[가-힣]|미[가-힣]|부족|거부|거절|실패|막|피하|제외|외에|밖|뿐|(?<!하지)(?<!렇지)만\s|대신|보다|반대|중단|지 마|덜|드물",
    "ja": r"しか|だけ|以外|不|無|非|未|禁|過ぎ|欠|拒|否|防|避|失|反|違|控え|止|免|困難|難し|にくい|づらい|断|除|外|少",
    "zh": r"无|無|非|否|只|仅|拒|难|缺|失|反|避|免|除|少|禁|停|以外|之外|绝|止|非|毫",
    "fr": r"\b(?:in|im|ir|dé|mal|non)[a-zé]{3,}|\b(?:peu|sauf|que|refus\w*|évit\w*|manqu\w*|seul\w*|plus|interdi\w*|empêch\w*)\b",
    "es": r"\b(?:in|im|ir|des)[a-zé]{3,}|\b(?:poco\w*|salvo|excepto|solo|sólo|falt\w*|evit\w*|prohib\w*|imp\w+|más)\b",
    "ru": r"\b(?:не|без|бес)\w{3,}|\b(?:только|кроме|мало|лишь|отказ\w*)\b",
}
"""What may carry the same meaning without negating."""
_PLAIN_FORM: Final = {language: re.compile(words, re.IGNORECASE) for language, words in _PLAIN.items()}
_EXCUSE_FORM: Final = {language: re.compile(words, re.IGNORECASE) for language, words in _EXCUSES.items()}
_SAME_ALL_THE_SAME: Final = re.compile(
    r"\b(?:not only|no doubt|no matter|nothing but|no longer|whether or not|if not|can(?:'t|not) help|more often than not"
    r"|no more than|not (?:just|merely|simply|least|long)|no sooner|why not|last but not least|no wonder|No\.)"
    r"|국경 없는|기탄없|아니라|뿐만|밖에|지 않을까|못지|않으면|을지도 모르|지 모르|없이는|아니더라도|아닐까|어쩔 수|수밖에|하지 않을 수|다름없|상관없|관계없|끊임없|틀림없|불구|물론|무역|무기|무대|무료|무선"
    r"|不同|不仅|不但|不过|不断|不管|不论|无论|非常|未来|别人|别的|无线|非洲|没关系|不久|不少|不得不|特别|区别|级别|分别|性别|不幸|否则"
    r"|国境なき|珍しくありません|変わりありません|これまでにない|のではないか|に過ぎません|だけでなく|かもしれ|なければ|にもかかわらず|間違いなく|まもなく|少なく|なくな|みなみな|しなくては|に違いない|はずみ|必ず|まず|わず|非常|未来|無料|無線",
    re.IGNORECASE,
)
"""Phrases that look like a negation and are none, or that other languages put without one."""


def check_negation(source: str, target: str, languages: tuple[str, str]) -> list[Finding]:
    """A finding where one side negates plainly and the other not at all; none for languages without a table."""
    if not all(language in _PLAIN for language in languages):
        return []
    sides = (_SAME_ALL_THE_SAME.sub(_blank, source), _SAME_ALL_THE_SAME.sub(_blank, target))
    here, there = (_spans(side, language) for side, language in zip(sides, languages, strict=True))
    if here and not there and not _excused(sides[1], languages[1]):
        return [Finding(Kind.NEGATION, source[slice(*here[0])].strip(), source=here)]
    if there and not here and not _excused(sides[0], languages[0]):
        return [Finding(Kind.NEGATION, target[slice(*there[0])].strip(), target=there)]
    return []


def _spans(text: str, language: str) -> tuple[Span, ...]:
    return tuple(match.span() for match in _PLAIN_FORM[language].finditer(text))


def _excused(text: str, language: str) -> bool:
    form = _EXCUSE_FORM.get(language)
    return form is not None and form.search(text) is not None


def _blank(match: re.Match[str]) -> str:
    return "_" * len(match[0])
