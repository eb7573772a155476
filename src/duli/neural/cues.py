"""The words by which clinical text separates, denies and attributes findings; English and Chinese."""

from __future__ import annotations

import re

_I = re.IGNORECASE


def _words(text: str) -> str:
    return "|".join(text.split())


SEPARATOR = re.compile(
    r"""(?P<hard>(?:\A|[\n\r]+)[ \t]*(?:[-*•·–]|\d{1,2}[.)])[ \t]+|[\n\r]+|[;；。！？!?•]|\.(?=\s|$|["')\]]))
    |(?P<contrast>\b(?:but|however|though|although|(?<!not\ )yet|except(?:\ for)?|apart\ from|other\ than|whereas)\b
      |但是|但|然而|不过|却)
    |(?P<soft>,(?!\d{3}\b)|[，、()（）\[\]:：]|\s[-–—/]+\s|\bw/(?!o\b)
      |\b(?:and/or|and|or|nor|as\ well\ as|(?:along|together)\ with|(?:accompanied|complicated|followed)\ by
        |associated\ with|consistent\ with|suggestive\ of|with|plus|such\ as|including|namely)\b|\be\.g\.|\bi\.e\.|\s&\s
      |以及|或者|或(?!许)|(?<![饱缓中柔温总共])和(?![缓谐平])|(?<!不)伴(?:随|有|发)?(?!侣)|并且|并有|合并|同时
      |(?<![涉波累触])及(?!时))""",
    _I | re.VERBOSE,
)
ABBREVIATION = re.compile(r"\b(?:e\.g|i\.e|dr|mr|mrs|ms|vs|approx|ca|incl|resp|fig)\Z", _I)
NUMBERED = re.compile(r"\bno\.\s*\d", _I)
RESUMES = re.compile(r"[,，]\s*(?:and\s+|but\s+)?(?:(?:along |together )?with|plus|伴(?:随|有|发)?|合并)", _I)
BARE = re.compile(r"(?:and\s+)?(?:no|without|not|free)\b|无|没|未", _I)
ALTERNATIVE = re.compile(r"\b(?:or|nor)\b|或", _I)
LISTS = re.compile(r"(?:and|or|nor|and/or|和|或|以及|及)?\Z", _I)

_THERE = (
    r"(?:(?:spontaneous|single|scalp|body|pubic)\s+)?(?:speech|words?|language|teeth|hair|eyebrows?|eyelashes|(?:finger|toe)?\s?nails"
    r"|tears|reflexes|pulses?|menses|periods|thumbs?|fingers|toes|spleen|uterus|ovaries|test(?:es|icles)|iris(?:es)?)"
    r"(?=\s*\Z|\s+(?:on|at|in|since|until|by|to|yet)\b)"
)
"""What is normally there: without it, something is found."""
_NOT_A_DENIAL = (
    r"(?!\s+(?:increases?|decreases?|change|improvement|worsening|progression|response|longer|further|doubt|more|only"
    rf"|eye\s+contact|spontaneous\s+(?:movements?|breathing)|{_THERE})\b)"
)
_STILL_A_FINDING = (
    r"(?!\s+(?:only|just|yet|able|walking|speaking|talking|sitting|standing|sleeping|eating|feeding|gaining|growing"
    r"|responding|breathing|closing|walked|spoken|talked|crawled|sat|grown|gained|closed|descended|erupted|necessarily|certain|clear|sure|well|fully|completely|to)\b)"
)
_OF = r"(?:\s+(?:any\s+)?(?:evidence|history|signs?|symptoms?|features?|findings?|indications?|suggestion)"
_OF += r"\s+(?:of|for))?"
_VERBS = r"(?:have|had|show|shown|report|reported|develop|developed|exhibit|exhibited|experience|experienced"
_VERBS += r"|demonstrate|demonstrated|reveal|revealed|complain\s+of|suffer\s+from|present\s+with)"

DENIAL = re.compile(
    rf"""\b(?:(?P<wide>
      no{_NOT_A_DENIAL}(?:\s+family\s+history\s+of|{_OF})
      |(?:does|did|do|has|have|had)(?:\s+not|n['’]t)\s+{_VERBS}(?:\s+(?:any|a|an))?
      |never\s+{_VERBS}|(?:without|w/o)(?!\s+{_THERE}){_OF}(?:\s+any)?|den(?:ies|ied|y|ying)(?:\s+(?:any|having))?{_OF}
      |absence\s+of|negative\s+for|free\s+(?:of|from)|neither)
      |(?P<narrow>(?:(?:is|was|are|were|been)\s+)?(?<!\bdoes\ )(?<!\bdid\ )(?<!\bdo\ )(?<!\bcan\ )(?<!\bcould\ )
        not{_STILL_A_FINDING}(?:\s+(?:have|having|had|showing|associated\s+with))?))\b
    |(?P<chinese>没有|没|并无|均无|无(?![力汗尿脑痛眼指趾肢牙精语嗅味法脉动毛耳睾反症意神色张虹晶]|明显诱因|诱因)|否认|未见|未发现
      |未出现|未闻及|未触及|未诉|未有|不伴(?:有|随)?|不存在|从未有?|不(?=发[热烧]|咳|吐|痒|痛)|排除)""",
    _I | re.VERBOSE,
)
"""``wide`` and ``chinese`` reach over the following list, ``narrow`` over its own item and what "or" joins to it."""

DENIED_AFTER = re.compile(
    r"""\s*(?:(?:[:=]\s*)?(?P<verb>\b(?:(?:was|is|were|are|has\ been|have\ been|had\ been)\s+)?
      (?:all\s+|both\s+)?(?:absent|negative|excluded|ruled\s+out|denied
        |not\s+(?:seen|present|found|observed|noted|detected|reported|identified|evident|documented)))
    |\bwithout\s+(?:any\s+)?(?:difficulty|difficulties|problems?|trouble)
    |(?:均|已|被|皆)*(?:排除|除外|阴性|不存在|未见))\Z""",
    _I | re.VERBOSE,
)
PLURAL = re.compile(r"\b(?:were|are|have|both|all)\b|均|皆", _I)

DENYING_HEAD = re.compile(
    r"(?:(?:pertinent\s+)?negatives?(?:\s+findings?)?|(?:findings?\s+|symptoms?\s+|features?\s+)?"
    r"(?:excluded|absent|denied|ruled\s+out|not\s+present)(?:\s+findings?|\s+symptoms?|\s+features?)?|denies|阴性|否认|排除)\Z",
    _I,
)
HEAD = re.compile(
    r"(?:(?:past|present|medical|clinical|social|birth|surgical|chief|main|presenting|current|physical|associated|other"
    r"|positive|key|observed)\s+)*(?:history|symptoms?|signs?|findings?|features?|complaints?|phenotypes?|exam(?:ination)?"
    r"|impression|assessment|present|positives?|observed|hpi|pmh|diagnos[ie]s|general|skin|head|neck|eyes?|ears?|nose"
    r"|mouth|face|facial|chest|heart|lungs?|abdomen|limbs?|extremities|growth|development|skelet(?:al|on)"
    r"|(?:neuro|derma|ophthalmo|endocrino|haemato|hemato)log(?:ic|ical|y)|cardiac|cardiovascular|respiratory|renal"
    r"|gastrointestinal|genitourinary|musculoskeletal|psychiatric|皮肤|神经系统|症状|体征|主诉|现病史|既往史|查体|诊断)\Z",
    _I,
)
YES = re.compile(r"(?:yes|present|positive|true|\+|有|是|阳性)\Z", _I)
NO = re.compile(
    r"(?:no|none|absent|negative|denied|false|not\s+(?:present|seen|found)|[-−–]|无|没有|否|阴性|未见)\Z", _I
)

_KIN = (
    r"(?:(?:maternal|paternal|half|older|younger|elder)[\s-]+)?(?:mother|father|parent|sister|brother|sibling|sib"
    r"|grand(?:mother|father|parent)|aunt|uncle|cousin|relative|family\s+member|niece|nephew)s?"
)
RELATIVE = re.compile(
    rf"""\b(?:positive\s+|strong\s+)?family\s+(?:medical\s+)?history(?:\s+(?:was|is|positive|significant|notable))*
      (?:\s*(?:of|for|includes?|reveals|with|:))?
    |\b{_KIN}(?:['’]s?)?(?:\s+(?:also|both|who|all|side))*
      (?:\s*:|\s+(?:has|have|had|with|was|were|is|are|suffer\w*|died|diagnosed|affected|carr\w+)\b)(?:\s+of\b)?
    |(?:家族(?:病)?史|家族中|母亲|父亲|父母|其母|其父|哥哥|弟弟|姐姐|妹妹|祖父|祖母|外公|外婆|舅舅|叔叔|姑姑|姨妈)
      (?:也|亦|均|曾|有|患有?|诊断为?|[:：])*""",
    _I | re.VERBOSE,
)
IN_RELATIVE = re.compile(
    rf"\s*\b(?:in\s+(?:(?:his|her|the|a|an|one|two|both|several|their)\s+)*{_KIN}|runs?\s+in\s+the\s+family)\Z",
    _I,
)
PATIENT = re.compile(r"\b(?:patient|proband|index\s+case|our\s+case)\b|患者|患儿|本人", _I)

_SUBJECT = _words(
    "patient patients proband he she they i we it boy girl man woman male female subject individual"
)
NEW_CLAUSE = re.compile(
    rf"(?:(?:the|this|our|his|her|their)\s|(?:{_SUBJECT})\b|there\s+(?:is|are|was|were)\b|(?:has|have|had)\b"
    r"|(?:presents?|presented|presenting|shows?|showed|reports?|reported|exhibits?|exhibited|develops?|developed"
    r"|complains?|complained|suffers?|noted|positive\s+for|does|did|can|could|cannot)\b|患者|患儿|有|出现|表现|存在|可见)",
    _I,
)
_AGE = r"\d+(?:\.\d+)?[\s-]*(?:(?:year|month|week|day|yr|mo)s?[\s-]*olds?|y/?o)"
_TOLD = (
    rf"(?:(?:the|his|her|their|patient['’]s)\s+)*{_KIN}\s+(?:also\s+)?"
    r"(?:reports?|reported|notes?|noted|notices|noticed|states?|stated|says|said|describes?|described|observed)"
)
_LEAD_WORDS = _words(
    """a an the this that these those his her their its my our your any some also then now currently again
    include includes including included such like there here who which when where has have had having is was
    are were be been being presents present presented presenting presentation shows show showed showing shown
    exhibits exhibited exhibiting develops developed developing demonstrates demonstrated reports reported
    reporting complains complained complaining suffers suffered suffering experiences experienced experiencing
    displays displayed displaying diagnosed noted found observed seen known manifests manifested admitted
    referred revealed reveals notable significant of from for to by as on at in both following
    multiple-findings symptoms signs findings features child infant baby newborn neonate brought"""
)
LEAD = re.compile(
    rf"""(?:{_AGE}|{_TOLD}|positive\s+(?:for|of)|pt|[chs]/[op]|(?:history|evidence|signs?|symptoms?|features?|episodes?|bouts?|onset|diagnosis|presence|findings?
      |complaints?|combination)\s+(?:of|include[sd]?)
      |(?:no\s+)?(?:significant\s+|further\s+)?(?:increase|decrease|change|worsening|progression)\s+(?:in|of)
      |(?:no|not)\s+(?:further|longer|only|just)|e\.g\.|i\.e\.
      |(?:{_LEAD_WORDS}|{_SUBJECT}))(?=\s|\Z)
    |\d+\s*(?:岁|个月|月|天|周)(?:龄|大|余)?|无?(?:明显)?诱因下?|(?:患者|患儿|主要|出现|表现为|表现|主诉|自诉|存在|伴有|可见|既往史?|病史|查体|发现|因|有|患有?|为|见|其|该|诉|曾)""",
    _I | re.VERBOSE,
)
TRAIL = re.compile(
    r"""\s+(?:(?:was|were|is|are|has\ been|have\ been|had\ been)(?:\s+(?:also|present|noted|observed|seen|found|reported
      |identified|detected|documented|evident|diagnosed|confirmed))*
      |also|present|noted|observed|seen|found|reported|too|etc\.?
      |(?:since|from|at|for|over|until|by)\s+(?:(?:the|last|past|age|age\s+of)\s+)*
        (?:\d+(?:\.\d+)?|one|two|three|four|five|six|several|many)?\s*
        (?:birth|(?<=\d)|(?:year|month|week|day|hour)s?(?:\s+(?:of\s+age|old|ago))?))\Z
    |(?:等症状|等|病史|史)\Z""",
    _I | re.VERBOSE,
)
SUBJECT_ONLY = re.compile(
    rf"\A\s*(?:(?:the|his|her|their|patient['’]s)\s+)*{_KIN}\Z|\s(?:has|have|had|is|was|are|were|shows?|showed|revealed|reveals|does|did|do)\Z",
    _I,
)

_EMPTY = """not no none nil nothing never without and or but with if so than just only very quite more most other
    others years year old months month age aged birth yes unknown unremarkable normal healthy well etc case
    history evidence parents mother father family brother sister do does did can could may might will would
    onset first second type positive mild moderate severe profound bilateral unilateral chronic acute
    progressive likely possibly possible probable suspected today yesterday additionally furthermore
    moreover 无 有 患者 患儿 无症状 正常 症状 等 是 否 没有 的 了"""
STOP = frozenset(f"{_SUBJECT}|{_LEAD_WORDS}|{_words(_EMPTY)}".split("|"))
"""A phrase of these words alone says nothing."""
