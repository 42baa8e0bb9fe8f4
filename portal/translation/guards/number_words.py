"""How numbers, months, weekdays and units are written: tables only."""

# ruff: noqa: E501, RUF001 - tables of letters of other scripts, which count double
from typing import Final

ENGLISH: Final = {
    **{
        word: value
        for value, word in enumerate(
            "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen"  # noqa: SIM905 - a table
            " seventeen eighteen nineteen".split()
        )
    },
    **{
        word: 10 * value
        for value, word in enumerate("twenty thirty forty fifty sixty seventy eighty ninety".split(), 2)  # noqa: SIM905 - a table
    },
    **{
        word: value
        for value, word in enumerate(
            "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth"  # noqa: SIM905 - a table
            " fifteenth sixteenth seventeenth eighteenth nineteenth twentieth".split(),
            1,
        )
    },
    "once": 1,
    "twice": 2,
    "thrice": 3,
    "single": 1,
    "double": 2,
    "triple": 3,
    "pair": 2,
    "couple": 2,
    "both": 2,
    "dozen": 12,
    "quarter": 4,
    "thirds": 3,
    "quarters": 4,
    "fifths": 5,
    "half": 2,
    "an": 1,
    "a": 1,
}
ENGLISH_SCALES: Final = {"hundred": 100, "thousand": 1000, "million": 10**6, "billion": 10**9, "trillion": 10**12}
SCALES: Final = {
    "fr": {"cent": 100, "cents": 100, "mille": 1000, "million": 10**6, "millions": 10**6, "milliard": 10**9, "milliards": 10**9},
    "es": {"cien": 100, "mil": 1000, "millón": 10**6, "millones": 10**6, "billones": 10**12},
    "ru": {"тысяч": 1000, "тысячи": 1000, "млн": 10**6, "миллион": 10**6, "миллиона": 10**6, "миллионов": 10**6,
           "млрд": 10**9, "миллиард": 10**9, "миллиарда": 10**9, "миллиардов": 10**9},
    "ar": {"ألف": 1000, "آلاف": 1000, "مليون": 10**6, "ملايين": 10**6, "مليار": 10**9},
}  # fmt: skip
"""Words that multiply the number before them."""

HAN_DIGITS: Final = {c: v for v, c in enumerate("零一二三四五六七八九")} | {
    "〇": 0,
    "○": 0,
    "两": 2,
    "兩": 2,
    "壹": 1,
    "贰": 2,
    "叁": 3,
}
HANGUL_DIGITS: Final = {c: v for v, c in enumerate("영일이삼사오육칠팔구")} | {"공": 0, "륙": 6}
UNITS_OF_TEN: Final = {"十": 10, "百": 100, "千": 1000, "拾": 10, "십": 10, "백": 100, "천": 1000}
MYRIADS: Final = {
    "万": 10**4,
    "萬": 10**4,
    "億": 10**8,
    "亿": 10**8,
    "兆": 10**12,
    "만": 10**4,
    "억": 10**8,
    "조": 10**12,
}

_KOREAN_COUNTS: Final = {
    "하나": 1, "한": 1, "둘": 2, "두": 2, "셋": 3, "세": 3, "석": 3, "서너": 3, "넷": 4, "네": 4, "넉": 4, "다섯": 5, "여섯": 6,
    "일곱": 7, "여덟": 8, "아홉": 9, "열": 10, "첫": 1, "하루": 1, "이틀": 2, "사흘": 3, "나흘": 4, "닷새": 5, "열흘": 10, "스물": 20,
    "스무": 20, "서른": 30, "마흔": 40, "쉰": 50, "예순": 60, "일흔": 70, "여든": 80, "아흔": 90, "반": 2, "절반": 2, "양": 2, "쌍": 2,
    "일주일": 7, "보름": 15, "한두": 2,
}  # fmt: skip
_JAPANESE_COUNTS: Final = {
    "ひとつ": 1,
    "ふたつ": 2,
    "ふたり": 2,
    "ひとり": 1,
    "半": 2,
    "両": 2,
    "双": 2,
    "ダース": 12,
    "トリプル": 3,
    "ダブル": 2,
    "倍": 2,
}
COUNTS: Final = {
    "ko": _KOREAN_COUNTS,
    "ja": _JAPANESE_COUNTS,
    "fr": {"deux": 2, "trois": 3, "quatre": 4, "cinq": 5, "six": 6, "sept": 7, "huit": 8, "neuf": 9, "dix": 10, "onze": 11,
           "douze": 12, "quinze": 15, "vingt": 20, "trente": 30, "cinquante": 50, "cent": 100, "mill": 1000, "second": 2},
    "es": {"dos": 2, "tres": 3, "cuatro": 4, "cinco": 5, "seis": 6, "siete": 7, "ocho": 8, "nueve": 9, "diez": 10, "once": 11,
           "doce": 12, "quince": 15, "veinte": 20, "treinta": 30, "cincuenta": 50, "cien": 100, "mil": 1000, "segund": 2},
}  # fmt: skip
"""Words that count, found anywhere, even inside other words: they only excuse digits on the other side."""

MONTHS: Final = {
    "en": "january february march april may june july august september october november december",
    "fr": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "es": "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    "ru": "января февраля марта апреля мая июня июля августа сентября октября ноября декабря",
    "de": "januar februar märz april mai juni juli august september oktober november dezember",
    "ar": "يناير فبراير مارس أبريل مايو يونيو يوليو أغسطس سبتمبر أكتوبر نوفمبر ديسمبر",
}
WEEKDAYS: Final = {
    "en": "monday tuesday wednesday thursday friday saturday sunday",
    "ko": "월요일 화요일 수요일 목요일 금요일 토요일 일요일",
    "ja": "月曜 火曜 水曜 木曜 金曜 土曜 日曜",
    "zh": "星期一 星期二 星期三 星期四 星期五 星期六 星期日",
    "fr": "lundi mardi mercredi jeudi vendredi samedi dimanche",
    "es": "lunes martes miércoles jueves viernes sábado domingo",
}
"""Monday first."""

UNITS: Final = {
    "percent": ("%", "percent", "per cent", "퍼센트", "프로", "パーセント", "％", "百分"),
    "degree": ("°", "degrees", "도", "度"),
    "kilometre": ("km", "kilometers", "kilometres", "kilometer", "킬로미터", "キロメートル", "キロ", "公里", "千米"),
    "metre": ("m", "meters", "metres", "meter", "미터", "メートル", "米"),
    "centimetre": ("cm", "centimeters", "센티미터", "センチ", "厘米", "公分"),
    "millimetre": ("mm", "millimeters", "밀리미터", "ミリメートル", "毫米"),
    "mile": ("miles", "mile", "mi", "마일", "マイル", "英里"),
    "foot": ("feet", "foot", "ft", "피트", "フィート", "英尺"),
    "kilogram": ("kg", "kilograms", "킬로그램", "キログラム", "公斤", "千克"),
    "ton": ("tons", "tonnes", "ton", "톤", "トン", "吨", "噸"),
    "pound": ("lbs", "lb", "파운드", "ポンド", "磅", "£"),
    "dollar": ("$", "dollars", "달러", "ドル", "美元", "＄"),
    "euro": ("€", "euros", "유로", "ユーロ", "欧元"),
    "won": ("₩", "won", "원", "ウォン", "韩元"),
    "yen": ("¥", "yen", "엔", "日元"),
    "yuan": ("rmb", "yuan", "위안", "人民元", "元"),
    "year": ("years", "year", "년", "年"),
    "month": ("months", "month", "개월", "달", "か月", "ヶ月", "个月"),
    "week": ("weeks", "week", "주", "週", "周"),
    "day": ("days", "day", "일", "日", "天"),
    "hour": ("hours", "hour", "시간", "時間", "小时"),
    "minute": ("minutes", "minute", "분", "分"),
    "second": ("seconds", "초", "秒"),
}
"""The ways to write a unit right after a number (currency signs: right before)."""
