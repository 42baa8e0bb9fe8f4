"""What the citizens of the demonstration say, and what comes of it, in all eight languages. Places are invented."""

# ruff: noqa: RUF001 - letters of other scripts are the point

from dataclasses import dataclass, field
from typing import Final

from portal.server.townhall.hall_models import OutcomeKind

Texts = dict[str, str]
"""One text by language; the first is the original."""


@dataclass(frozen=True, slots=True)
class Subject:
    """Something that people raise: its title, how each language's speakers put it, and what the hall made of it."""

    theme: str
    minutes: int
    title: Texts
    said: Texts
    voices: dict[str, int]
    noted: Texts = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Result:
    """An outcome: what was promised, by whom, in how many days, about which subjects (their places in PAST)."""

    about: tuple[int, ...]
    kind: OutcomeKind
    owner: str
    days: int
    text: Texts


SCHOOL_ROAD: Final = Subject(
    "traffic",
    15,
    {
        "en": "A safe crossing at the school on Harbour Road",
        "ko": "항구로 학교 앞 안전한 횡단보도",
        "ja": "港通りの学校前に安全な横断歩道を",
        "zh": "在港口路学校门前设置安全的人行横道",
        "ar": "معبر آمن أمام المدرسة في شارع الميناء",
        "fr": "Un passage sûr devant l'école de la rue du Port",
        "es": "Un cruce seguro junto a la escuela de la calle del Puerto",
        "ru": "Безопасный переход у школы на Портовой улице",
    },
    {
        "en": "Children cross Harbour Road between parked cars every morning. A raised "
        "crossing would slow the traffic.",
        "ko": "아이들이 아침마다 주차된 차 사이로 항구로를 건넙니다. 과속 방지 횡단보도가 필요합니다.",
        "ja": "子どもたちは毎朝、止まった車の間から港通りを渡っています。横断歩道を作ってください。",
        "zh": "孩子们每天早上都从停着的车之间穿过港口路。请修一条人行横道。",
        "ar": "يعبر الأطفال شارع الميناء كل صباح بين السيارات الواقفة. نحتاج إلى معبر مرتفع.",
        "fr": "Chaque matin, les enfants traversent la rue du Port entre les voitures garées. "
        "Il faut un passage surélevé.",
        "es": "Cada mañana los niños cruzan la calle del Puerto entre coches aparcados. Hace falta un paso elevado.",
        "ru": "Каждое утро дети переходят Портовую улицу между машинами. Нужен приподнятый переход.",
    },
    {"en": 6, "ko": 5, "ja": 2, "zh": 2, "ar": 1, "fr": 1, "es": 1, "ru": 1},
    {
        "en": "The roads office showed two designs. Most speakers preferred the raised crossing with a lamp.",
        "ko": "도로과가 두 가지 안을 설명했습니다. 발언자 대부분은 조명이 있는 높은 횡단보도를 선호했습니다.",
        "ja": "道路課が二つの案を示しました。発言者の多くは照明付きの高い横断歩道を望みました。",
        "zh": "道路处介绍了两个方案。多数发言者赞成带照明的抬高式人行横道。",
        "ar": "عرض مكتب الطرق تصميمين. وفضّل معظم المتحدثين المعبر المرتفع المضاء.",
        "fr": "Le service des routes a montré deux projets. La plupart préfèrent le passage surélevé et éclairé.",
        "es": "La oficina de vías mostró dos diseños. La mayoría prefirió el paso elevado con luz.",
        "ru": "Дорожный отдел показал два проекта. Большинство выступило за приподнятый переход с фонарём.",
    },
)
SMALL_BOATS: Final = Subject(
    "fishing",
    20,
    {
        "en": "A fair share for small boats in the Grey Strait",
        "ko": "회색 해협 소형 어선에 공정한 몫을",
        "ja": "灰色海峡の小型漁船に公平な割り当てを",
        "zh": "让灰海峡的小渔船得到公平份额",
        "ar": "حصة عادلة للقوارب الصغيرة في المضيق الرمادي",
        "fr": "Une part équitable pour les petits bateaux du détroit Gris",
        "es": "Una parte justa para los barcos pequeños del estrecho Gris",
        "ru": "Справедливая доля для малых судов в Сером проливе",
    },
    {
        "en": "If the quota is cut, boats under twelve metres should keep their share. Whole villages live on them.",
        "ko": "할당량이 줄어도 12미터 미만 어선의 몫은 지켜 주십시오. 온 마을의 생계가 달려 있습니다.",
        "ja": "漁獲枠が減っても、12メートル未満の船の分は守ってください。村全体がそれで暮らしています。",
        "zh": "即使配额减少，十二米以下的渔船也应保住份额。整个村子都靠它们生活。",
        "ar": "إذا خُفضت الحصص فلتحتفظ القوارب التي يقل طولها عن اثني عشر مترا بنصيبها. قرى كاملة تعيش منها.",
        "fr": "Si le quota baisse, que les bateaux de moins de douze mètres gardent leur part "
        ": des villages en vivent.",
        "es": "Si se reduce la cuota, que los barcos de menos de doce metros conserven su parte. "
        "Pueblos enteros viven de ellos.",
        "ru": "Если квоту сократят, пусть суда короче двенадцати метров сохранят свою долю. Ими живут целые сёла.",
    },
    {"en": 4, "ko": 7, "ja": 2, "zh": 1, "ar": 1, "fr": 1, "es": 2, "ru": 1},
    {
        "en": "The delegation reported from the talks and promised to bring the boats under twelve metres up there.",
        "ko": "대표단이 협상 상황을 보고하고 12미터 미만 어선 문제를 협상에서 제기하겠다고 약속했습니다.",
        "ja": "代表団が交渉を報告し、12メートル未満の船の件を取り上げると約束しました。",
        "zh": "代表团通报了谈判情况，并承诺在谈判中提出十二米以下渔船的问题。",
        "ar": "قدّم الوفد تقريرا عن المحادثات ووعد بطرح مسألة القوارب الصغيرة فيها.",
        "fr": "La délégation a rendu compte des pourparlers et promis d'y parler des bateaux de moins de douze mètres.",
        "es": "La delegación informó de las conversaciones y prometió plantear en ellas el "
        "caso de los barcos pequeños.",
        "ru": "Делегация рассказала о переговорах и обещала поднять на них вопрос о малых судах.",
    },
)
LATE_FERRY: Final = Subject(
    "ferries",
    10,
    {
        "en": "A late ferry on Fridays and Saturdays",
        "ko": "금요일과 토요일의 심야 여객선",
        "ja": "金曜と土曜に深夜のフェリーを",
        "zh": "周五周六增开夜班渡轮",
        "ar": "عبّارة ليلية يومي الجمعة والسبت",
        "fr": "Un ferry tardif le vendredi et le samedi",
        "es": "Un transbordador nocturno los viernes y sábados",
        "ru": "Поздний паром по пятницам и субботам",
    },
    {
        "en": "The last ferry leaves at nine. Who works late in town can not come home to the islands.",
        "ko": "마지막 배가 아홉 시에 떠납니다. 늦게까지 일하는 사람은 섬으로 돌아갈 수 없습니다.",
        "ja": "最終のフェリーは九時です。町で遅くまで働く人は島に帰れません。",
        "zh": "末班渡轮九点就开走了。在城里加班的人回不了岛。",
        "ar": "تغادر آخر عبّارة في التاسعة. ومن يعمل حتى وقت متأخر لا يستطيع العودة إلى الجزر.",
        "fr": "Le dernier ferry part à neuf heures. Qui travaille tard en ville ne peut plus rentrer sur les îles.",
        "es": "El último transbordador sale a las nueve. Quien trabaja hasta tarde no puede volver a las islas.",
        "ru": "Последний паром уходит в девять. Кто работает допоздна, не может вернуться на острова.",
    },
    {"en": 5, "ko": 3, "ja": 2, "zh": 2, "ar": 2, "fr": 1, "es": 1, "ru": 1},
    {
        "en": "The ferry company can run one more boat at half past eleven if the town shares the cost for a year.",
        "ko": "시가 1년간 비용을 분담하면 여객선 회사는 밤 11시 30분 배를 운항할 수 있다고 했습니다.",
        "ja": "町が一年間費用を分担すれば、十一時半の便を出せると船会社が述べました。",
        "zh": "轮渡公司表示，如果市里分担一年的费用，可以增开十一点半的一班。",
        "ar": "تستطيع شركة العبّارات تشغيل رحلة في الحادية عشرة والنصف إذا شاركت البلدة في الكلفة لعام.",
        "fr": "La compagnie peut assurer un départ à onze heures et demie si la ville partage le coût pendant un an.",
        "es": "La compañía puede ofrecer un viaje a las once y media si la ciudad comparte el coste durante un año.",
        "ru": "Компания готова пустить рейс в половине двенадцатого, если город на год разделит расходы.",
    },
)
MARKET: Final = Subject(
    "waste",
    10,
    {
        "en": "Less plastic at the weekly market",
        "ko": "주말 장터에서 플라스틱 줄이기",
        "ja": "朝市のプラスチックを減らす",
        "zh": "减少集市上的塑料",
        "ar": "بلاستيك أقل في السوق الأسبوعية",
        "fr": "Moins de plastique au marché",
        "es": "Menos plástico en el mercado semanal",
        "ru": "Меньше пластика на рынке",
    },
    {
        "en": "After every market the bay is full of plastic bags. Please lend cups and boxes against a deposit.",
        "ko": "장이 끝나면 만에 비닐봉지가 가득합니다. 보증금을 받고 컵과 용기를 빌려주면 좋겠습니다.",
        "ja": "市の後はいつも湾がポリ袋でいっぱいです。容器を預り金で貸してください。",
        "zh": "每次集市之后海湾里都是塑料袋。请用押金的方式出借杯子和盒子。",
        "ar": "بعد كل سوق يمتلئ الخليج بأكياس البلاستيك. أعيرونا أكوابا وعلبا مقابل تأمين.",
        "fr": "Après chaque marché, la baie est pleine de sacs. Prêtez des gobelets et des boîtes contre une consigne.",
        "es": "Después de cada mercado la bahía queda llena de bolsas. Presten vasos y cajas con un depósito.",
        "ru": "После каждого рынка в бухте полно пакетов. Давайте стаканы и коробки под залог.",
    },
    {"en": 4, "ko": 2, "ja": 2, "zh": 1, "ar": 1, "fr": 2, "es": 1, "ru": 1},
    {
        "en": "Twelve stalls are ready to try boxes with a deposit. The poll was clearly in favour.",
        "ko": "열두 가게가 보증금 용기를 시험하기로 했습니다. 투표 결과는 뚜렷한 찬성이었습니다.",
        "ja": "十二の店が預り金付きの容器を試します。投票でははっきり賛成でした。",
        "zh": "十二个摊位愿意试用押金盒。表决结果明显赞成。",
        "ar": "اثنا عشر متجرا مستعدة لتجربة العلب بتأمين. وكان التصويت مؤيدا بوضوح.",
        "fr": "Douze étals veulent essayer les boîtes consignées. Le vote a été nettement favorable.",
        "es": "Doce puestos quieren probar las cajas con depósito. La votación fue claramente favorable.",
        "ru": "Двенадцать продавцов готовы попробовать коробки под залог. Голосование показало явную поддержку.",
    },
)
LIBRARY: Final = Subject(
    "library",
    10,
    {
        "en": "The library open on Sundays",
        "ko": "일요일에도 문 여는 도서관",
        "ja": "日曜も図書館を開けて",
        "zh": "图书馆星期天开放",
        "ar": "فتح المكتبة أيام الأحد",
        "fr": "La bibliothèque ouverte le dimanche",
        "es": "La biblioteca abierta los domingos",
        "ru": "Библиотека открыта по воскресеньям",
    },
    {
        "en": "Sunday is the only day on which my family could go to the library together.",
        "ko": "가족이 함께 도서관에 갈 수 있는 날은 일요일뿐입니다.",
        "ja": "家族そろって図書館に行けるのは日曜だけです。",
        "zh": "只有星期天全家才能一起去图书馆。",
        "ar": "الأحد هو اليوم الوحيد الذي تستطيع فيه عائلتي الذهاب إلى المكتبة معا.",
        "fr": "Le dimanche est le seul jour où ma famille pourrait aller ensemble à la bibliothèque.",
        "es": "El domingo es el único día en que mi familia podría ir junta a la biblioteca.",
        "ru": "Воскресенье — единственный день, когда мы всей семьёй могли бы пойти в библиотеку.",
    },
    {"en": 2, "ko": 2, "ja": 1, "fr": 1},
)
SHADE: Final = Subject(
    "parks",
    10,
    {
        "en": "Trees and drinking water on Market Square",
        "ko": "시장 광장에 나무와 식수대를",
        "ja": "市場広場に木と水飲み場を",
        "zh": "在集市广场种树并设饮水处",
        "ar": "أشجار ومياه شرب في ساحة السوق",
        "fr": "Des arbres et de l'eau potable sur la place du Marché",
        "es": "Árboles y agua potable en la plaza del Mercado",
        "ru": "Деревья и питьевая вода на Рыночной площади",
    },
    {
        "en": "In summer nobody can sit on Market Square. It needs trees and a place to drink water.",
        "ko": "여름에는 시장 광장에 앉을 수가 없습니다. 나무와 식수대가 필요합니다.",
        "ja": "夏の市場広場には座っていられません。木と水飲み場が必要です。",
        "zh": "夏天集市广场上根本坐不住。需要树和饮水处。",
        "ar": "لا يستطيع أحد الجلوس في ساحة السوق صيفا. نحتاج إلى أشجار ومياه شرب.",
        "fr": "L'été, on ne peut pas s'asseoir place du Marché. Il y faut des arbres et de l'eau.",
        "es": "En verano nadie puede sentarse en la plaza del Mercado. Faltan árboles y agua.",
        "ru": "Летом на Рыночной площади невозможно сидеть. Нужны деревья и вода.",
    },
    {"en": 1, "zh": 1, "ar": 1, "es": 1},
)
PAST: Final = (SCHOOL_ROAD, SMALL_BOATS, LATE_FERRY, MARKET)
"""What the past week was about; all of it comes onto its agenda."""
RUNNING: Final = (LIBRARY, SHADE)
"""What people raise since then."""
CLOSINGS: Final = {
    "en": ("", " Please put it on the agenda.", " Many neighbours say the same.", " It would cost little."),
    "ko": ("", " 안건으로 다루어 주세요.", " 이웃들도 같은 말을 합니다.", " 비용도 많이 들지 않습니다."),
    "ja": ("", "議題にしてください。"),
    "zh": ("", "请列入议程。"),
    "ar": ("", " نرجو إدراج ذلك في جدول الأعمال."),
    "fr": ("", " Merci de l'inscrire à l'ordre du jour."),
    "es": ("", " Pónganlo en el orden del día, por favor."),
    "ru": ("", " Включите это в повестку, пожалуйста."),
}
ADVERTISEMENTS: Final = (
    ("en", "CHEAP OUTBOARD ENGINES! Half price until Sunday, only at Bay Motors."),
    ("ko", "선외기 반값 세일! 이번 주말까지 만 모터스에서만."),
)
REFUSAL: Final = "This sells something and proposes nothing for the town hall."
GREETING: Final = {
    "en": "Welcome. Everybody may speak and ask in their own language.",
    "ko": "환영합니다. 누구나 자기 언어로 말하고 물을 수 있습니다.",
    "ja": "ようこそ。どなたも自分の言葉で話し、質問できます。",
    "zh": "欢迎。每个人都可以用自己的语言发言和提问。",
    "ar": "أهلا بكم. يستطيع كل شخص أن يتكلم ويسأل بلغته.",
    "fr": "Bienvenue. Chacun peut parler et demander dans sa langue.",
    "es": "Bienvenidos. Cada cual puede hablar y preguntar en su idioma.",
    "ru": "Добро пожаловать. Каждый может говорить и спрашивать на своём языке.",
}
QUESTION: Final = {
    "ko": "공사는 언제 시작합니까?",
    "en": "When does the work begin?",
    "ja": "工事はいつ始まりますか。",
    "zh": "工程什么时候开始？",
    "ar": "متى تبدأ الأعمال؟",
    "fr": "Quand les travaux commencent-ils ?",
    "es": "¿Cuándo empiezan las obras?",
    "ru": "Когда начнутся работы?",
}
POLL: Final = "Shall the market try boxes with a deposit for three months?"
OPTIONS: Final = ("Yes", "No", "I do not know")
VOTES: Final = (0, 0, 0, 2, 0, 1, 0, 0, 2, 0, 0, 0)
RESULTS: Final = (
    Result(
        (0, 3),
        "action",
        "Roads and markets office",
        75,
        {
            "en": "The raised crossing with a lamp is built before the school year ends. The market tries boxes with a "
            "deposit from next month on, and reports here after three months.",
            "ko": "조명이 있는 높은 횡단보도를 이번 학년이 끝나기 전에 설치합니다. 장터는 다음 달부터 보증금 용기를 "
            "시험하고 석 달 뒤 여기에 보고합니다.",
            "ja": "照明付きの高い横断歩道を学年末までに設けます。朝市は来月から預り金付きの容器を試し、"
            "三か月後にここで報告します。",
            "zh": "带照明的抬高式人行横道将在本学年结束前建成。集市从下月起试用押金盒，三个月后在此报告。",
            "ar": "يُبنى المعبر المرتفع المضاء قبل نهاية العام الدراسي. وتجرب السوق العلب بتأمين من الشهر القادم "
            "وتقدم تقريرا هنا بعد ثلاثة أشهر.",
            "fr": "Le passage surélevé et éclairé sera construit avant la fin de l'année "
            "scolaire. Le marché essaie les "
            "boîtes consignées dès le mois prochain et en rend compte ici après trois mois.",
            "es": "El paso elevado con luz se construirá antes de que acabe el curso. El mercado prueba las cajas con "
            "depósito desde el mes que viene e informa aquí a los tres meses.",
            "ru": "Приподнятый переход с фонарём построят до конца учебного года. Рынок со следующего месяца пробует "
            "коробки под залог и через три месяца отчитается здесь.",
        },
    ),
    Result(
        (1, 2),
        "refer",
        "Delegation to the Grey Strait talks",
        30,
        {
            "en": "The share of boats under twelve metres is brought up in the talks as a condition of ours. The late "
            "ferry goes to the budget committee, with the company's offer.",
            "ko": "12미터 미만 어선의 몫을 우리의 조건으로 협상에서 제기합니다. 심야 여객선은 회사의 제안과 함께 예산 "
            "위원회에 넘깁니다.",
            "ja": "12メートル未満の船の割り当てを、こちらの条件として交渉に出します。"
            "深夜のフェリーは会社の提案とともに予算委員会に送ります。",
            "zh": "十二米以下渔船的份额将作为我方条件在谈判中提出。夜班渡轮连同公司的提议提交预算委员会。",
            "ar": "تُطرح حصة القوارب التي يقل طولها عن اثني عشر مترا في المحادثات بوصفها شرطا لنا. وتُحال العبّارة "
            "الليلية مع عرض الشركة إلى لجنة الميزانية.",
            "fr": "La part des bateaux de moins de douze mètres devient une de nos conditions dans les pourparlers. Le "
            "ferry tardif va à la commission du budget, avec l'offre de la compagnie.",
            "es": "La parte de los barcos de menos de doce metros se plantea en las conversaciones como condición "
            "nuestra. El transbordador nocturno pasa a la comisión de presupuesto, con la oferta de la compañía.",
            "ru": "Доля судов короче двенадцати метров станет нашим условием на переговорах. Поздний паром вместе с "
            "предложением компании передан в бюджетный комитет.",
        },
    ),
)
QUEUE: Final = (
    ("en", "The bus stop at the hospital has no roof. Old people wait there in the rain for half an hour."),
    ("en", "The bus stop at the hospital has no roof, and old people wait there in the rain for half an hour!"),
    ("ko", "병원 앞 버스 정류장에 지붕이 없습니다. 어르신들이 비를 맞으며 기다립니다."),
    ("en", "My neighbour Mr Alan Pike burns rubbish every night. Call me: +44 20 7946 0123 or ida.moss@example.org."),
    ("ko", "제 이름은 한서윤입니다. 가로등이 고장 났으니 010-5550-1234로 연락 주세요."),
    ("ja", "図書館を日曜も開けてください。平日は仕事で行けません。"),
    ("zh", "希望图书馆星期天也开门，孩子们周末没有地方看书。"),
    ("ar", "نريد أشجارا في ساحة السوق، فالحر لا يطاق في الصيف."),
    ("fr", "Il n'y a pas un seul banc à l'ombre sur la place du Marché."),
    ("es", "Arreglen la fuente de la plaza del Mercado: lleva dos años sin agua."),
    ("ru", "На Рыночной площади нужны скамейки и тень, летом там невозможно находиться."),
    ("fr", "La bibliothèque devrait ouvrir le dimanche après-midi, comme dans les villes voisines."),
    ("en", "Those who vote for the ferry are fools, all of them."),
)
"""What waits for the moderators: two that say the same, two with personal data, an insult, and plain ones."""
