"""The words by which people ask for a person or say goodbye, per language. Data only."""

import re
from dataclasses import dataclass
from re import Pattern


def _set(*lines: str) -> frozenset[str]:
    return frozenset(word for line in lines for word in line.split())


def _phrases(*lines: str) -> frozenset[str]:
    return frozenset(phrase for line in lines for phrase in line.split("|"))


@dataclass(frozen=True, slots=True)
class Words:
    """A language that is read word by word, written without accents.

    `strong` verbs speak of reaching somebody (also a team), `weak` ones of wanting in general.
    `between` may stand between verb and person, `wishing` between "not" (`no`) and the verb.
    `why` before a "not" makes it a complaint. `not_after` a person makes it something else.
    """

    strong: frozenset[str]
    weak: frozenset[str]
    people: frozenset[str]
    between: frozenset[str]
    no: frozenset[str]
    wishing: frozenset[str]
    teams: frozenset[str] = frozenset()
    bots: frozenset[str] = frozenset()
    why: frozenset[str] = frozenset()
    not_after: frozenset[str] = frozenset()
    verb_last: bool = False


_BOTS = _set("bot bots robot robots chatbot chatbots machine ai computer automat maschine")

ENGLISH = Words(
    strong=_set(
        "talk talking speak speaking chat chatting contact contacting reach reaching connect",
        "connecting connected transfer transferring transferred call calling phone escalate",
        "direct put pass switch forward there discuss message get meet",
    ),
    weak=_set("want wanna need needs get give see require request prefer ask bring send find like"),
    people=_set(
        "agent agents human humans person people someone somebody anyone anybody operator",
        "operators representative representatives rep reps advisor adviser advisors advisers",
        "consultant specialist colleague employee teller clerk banker manager supervisor staff",
        "assistant associate attendant receptionist individual somone somebdy asistant assistent",
    ),
    teams=_set("helpdesk"),
    bots=_BOTS,
    between=_set(
        "to with a an one of your any some another real live actual living proper flesh true",
        "human physical me us over on through thru by please pls plz directly direct now",
        "immediately right just only up in touch line from for the support service member being",
        "hi hello hey thanks thank you cheers first asap away then instead next available and is",
        "there wth wiht fucking fuckin damn goddamn bloody freaking",
    ),
    no=_set(
        "not don't dont doesn't didn't won't wouldn't never no without stop rather nor neither",
        "shouldn't needn't",
    ),
    wishing=_set(
        "want wanted wanting wanna need to like wish have got get going be being any really ever",
        "please longer make me let more talk talking speak speaking chat would do for the use in",
        "again even",
    ),
    why=_set("why if"),
    not_after=_set(
        "fee fees name names id code number commission said told says who's whose account card",
        "error charges charge contract",
    ),
)
SPANISH = Words(
    strong=_set(
        "hablar hable hablo contactar comunicar comunicarme comuniqueme conectar conecteme",
        "pasar paseme pasame transferir transfiereme transfierame chatear llamar atienda atender",
    ),
    weak=_set("quiero necesito deseo quisiera dame deme"),
    people=_set(
        "agente agentes humano humana persona operador operadora asesor asesora representante",
        "alguien ejecutivo ejecutiva empleado encargado supervisor",
    ),
    teams=_set("helpdesk"),
    bots=_BOTS | _set("maquina"),
    between=_set("con a un una el la al de me real por favor hola algun otro otra humano viva vivo"),
    no=_set("no nunca sin tampoco"),
    wishing=_set("quiero necesito deseo quisiera me ya hablar con que"),
    why=_set("que porque"),
)
FRENCH = Words(
    strong=_set(
        "parler parle contacter joindre discuter transferez transferer connecter passez",
        "passer communiquer echanger appeler",
    ),
    weak=_set("veux voudrais souhaite besoin aimerais demande"),
    people=_set(
        "agent humain humaine personne conseiller conseillere operateur operatrice quelqu'un",
        "representant responsable collaborateur",
    ),
    teams=_set("helpdesk"),
    bots=_BOTS,
    between=_set(
        "a au avec un une le la de d'un d'une moi vrai vraie reel reelle etre s'il vous plait svp",
        "bonjour votre vos en chair client clientele",
    ),
    no=_set("pas ne n'ai jamais sans plus"),
    wishing=_set("je veux voudrais souhaite besoin de parler n'est"),
    why=_set("pourquoi"),
)
GERMAN = Words(
    strong=_set(
        "sprechen reden spreche verbinden verbinde verbinden weiterleiten chatten kontaktieren",
        "telefonieren erreichen",
    ),
    weak=_set("will mochte brauche hatte bitte"),
    people=_set(
        "mitarbeiter mitarbeiterin mitarbeitern mensch menschen berater beraterin jemand",
        "jemandem jemanden ansprechpartner sachbearbeiter agenten kollegen",
        "kundenberater",
    ),
    teams=_set("helpdesk"),
    bots=_BOTS,
    between=_set(
        "mit einem einer einen eine ein dem der den mir mich zu zum an ich echten echter echte",
        "richtigen wirklichen lebenden bitte hallo gern gerne direkt jetzt einfach personlich",
    ),
    no=_set("nicht kein keinen keine keinem ohne nie"),
    wishing=_set("will mochte ich mit mehr"),
    why=_set("warum wieso"),
    verb_last=True,
)
PORTUGUESE = Words(
    strong=_set("falar falo contatar contactar conversar transferir transfira transfere conectar"),
    weak=_set("quero preciso gostaria desejo"),
    people=_set(
        "atendente atendentes humano humana pessoa operador operadora alguem agente funcionario",
        "representante assistente consultor",
    ),
    bots=_BOTS | _set("maquina"),
    between=_set("com um uma o a de para me por favor real ola outro outra algum verdade"),
    no=_set("nao nunca sem"),
    wishing=_set("quero preciso gostaria falar com de"),
)
ITALIAN = Words(
    strong=_set("parlare parlo contattare passare passi passatemi trasferire collegare chattare"),
    weak=_set("voglio vorrei desidero bisogno"),
    people=_set("operatore operatrice persona umano umana qualcuno agente addetto consulente impiegato"),
    bots=_BOTS | _set("macchina"),
    between=_set("con un uno una il la a al di mi vero vera reale per favore in carne ed ossa ciao"),
    no=_set("non mai senza"),
    wishing=_set("voglio vorrei bisogno di parlare"),
)
DUTCH = Words(
    strong=_set("spreken praten doorverbinden doorverbonden chatten contact bellen"),
    weak=_set("wil graag nodig"),
    people=_set("medewerker mens persoon iemand agent adviseur mensen"),
    teams=_set("helpdesk klantenservice"),
    bots=_BOTS,
    between=_set("met een echte de aan van alstublieft graag hallo worden wil ik"),
    no=_set("niet geen nooit zonder"),
    wishing=_set("wil ik met meer"),
    verb_last=True,
)
RUSSIAN = Words(
    strong=_set(
        "поговорить говорить соедините соединить переключите переключи позовите позови позвать",
        "связаться свяжите пообщаться переведите соедини перевести",
    ),
    weak=_set("хочу нужен нужна нужно дайте дай хотелось"),
    people=_set(
        "оператор оператора оператором оператору человек человека человеком человеку специалист",
        "специалиста специалистом менеджер менеджера менеджером сотрудник сотрудника сотрудником",
        "консультант консультанта консультантом людьми кем-то",
    ),
    bots=_set("бот бота ботом робот робота роботом роботами машинои"),
    between=_set("с со на к мне меня живои живого живым реальным реальныи пожалуиста бы я к вашим"),
    no=_set("не без нельзя"),
    wishing=_set("хочу надо нужно мне говорить нужен"),
    why=_set("почему"),
)
VIETNAMESE = Words(
    strong=_set("noi chat gap lien goi ket chuyen"),
    weak=_set("muon can cho"),
    people=_set("vien nguoi"),
    between=_set("chuyen voi he gap toi mot nhan tu van that tong dai truc tiep qua may cho noi hay duoc"),
    no=_set("khong dung chua"),
    wishing=_set("muon can toi phai noi chuyen voi gap"),
)
INDONESIAN = Words(
    strong=_set("bicara berbicara hubungi hubungkan sambungkan ngobrol chat terhubung cakap"),
    weak=_set("mau ingin butuh minta perlu"),
    people=_set("agen orang manusia operator petugas staf pegawai ejen perwakilan admin"),
    between=_set("dengan ke ke saya seorang sama tolong asli langsung yang seseorang"),
    no=_set("tidak jangan tak bukan tanpa gak nggak"),
    wishing=_set("mau ingin perlu usah"),
)
SPOKEN = (
    ENGLISH, SPANISH, FRENCH, GERMAN, PORTUGUESE, ITALIAN, DUTCH, RUSSIAN, VIETNAMESE, INDONESIAN,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Phrases:
    """A language that is read by phrases; `refusal` anywhere in the clause cancels `wish`."""

    wish: Pattern[str]
    refusal: Pattern[str]


PHRASED = (
    Phrases(  # Japanese
        re.compile(
            r"(?:人間|オペレータ(?:ー|ー)?|担当者|係の人|係員|スタッフ|有人|生身の人|誰か)"
            r"[のとにへをが、 ]{0,2}.{0,6}(?:話|はな|つな|繋|代わ|替わ|変わ|呼|お願い|チャット|相談|対応)"
            r"|^(?:人間|オペレーター|有人)(?:の)?(?:対応|チャット|お願いします)?$"
            r"|人と(?:直接)?(?:話|はな|相談|チャット)"
        ),
        re.compile(r"たくな|(?<!つ)ないで|不要|必要な|結構です|いらない|要らない|まし[たて]|せんでした"),
    ),
    Phrases(  # Korean
        re.compile(
            r"(?:상담원|상담사|상담직원|직원|사람|담당자|인간)(?:이랑|하고|에게|한테|[과와을를이])?"
            r".{0,6}(?:연결|통화|대화|바꿔|바꾸|불러|말하|얘기|이야기|부탁|상담)|^(?:상담원|상담사)$"
        ),
        re.compile(r"하지 ?마|싫|말고|필요 ?없|지 ?않|했어|했는데|했습"),
    ),
    Phrases(  # Thai
        re.compile(r"(?:คุย|พูด|ติดต่อ|โอน|สนทนา|ขอ).{0,8}(?:เจ้าหน้าที่|คน|พนักงาน|แอดมิน|มนุษย์)"),
        re.compile(r"ไม่(?:อยาก|ต้องการ|ต้อง|เอา)|อย่า"),
    ),
    Phrases(  # Arabic
        re.compile(
            r"(?:تحدث|تكلم|تحويل|حولني|تواصل|اكلم|أكلم|كلم)\w{0,4}.{0,8}"
            r"(?:موظف|شخص|إنسان|انسان|ممثل|وكيل|بشري|خدمة العملاء)"
        ),
        re.compile(r"(?:^| )(?:لا|لن|ليس|بدون)(?: |$)"),
    ),
    Phrases(  # Hindi
        re.compile(r"(?:इंसान|इन्सान|एजेंट|व्यक्ति|प्रतिनिधि|आदमी).{0,8}(?:बात|संपर्क|जोड|कनेक्ट)"),
        re.compile(r"नहीं|मत|न करें"),
    ),
)


@dataclass(frozen=True, slots=True)
class ChinesePhrases:
    """Chinese: `refusal` is looked for just before a `wish`."""

    wish: Pattern[str]
    alone: Pattern[str]
    against_bot: Pattern[str]
    refusal: Pattern[str]


_LABOUR = (
    "(?!智能|智慧|费|費|成本|降雨|授精|湖|呼吸|林|草|合成|翻|牙|受孕|关节|關節|器官|耳蜗|耳蝸|流产|流產"
    "|审核|審核|录入|錄入|打分)"
)
_HOURS = (
    "(?!.{0,4}(?:几点|幾點|电话|電話|热线|熱線|时间|時間|上班|下班|收费|收費|多少钱|多少錢|号码|號碼"
    "|告诉|告訴|说过|說過|说我|說我|态度|態度|已经|已經))"
)
_HUMAN = (
    f"(?:人工{_LABOUR}{_HOURS}|真人{_HOURS}|活人|真的人|客服{_HOURS}|接线员|接線員|专员|專員|坐席|座席"
    "|工作人员|工作人員|服务人员|服務人員|负责人|負責人|客户经理|客戶經理|operator|agent)"
)
_SMALL = (
    "(?:到|至|给|給|个|個|一个|一個|位|一位|名|你们|你們|您们|您|你|的|真正|在线|在線|線上|线上|专属|專屬"
    "|我|一下|下|过去|過去|接|转|轉|找|银行|銀行|直接|跟|和|去|成|为|為){0,6}"
)
CHINESE = ChinesePhrases(
    wish=re.compile(
        "(?:转|轉|找|要|接|叫|换|換|切换|切換|联系|聯繫|聯絡|联络|呼叫|请求|請求|需要|搵|有没有|有沒有|有冇|请|請"
        f"|来|來){_SMALL}{_HUMAN}"
        f"|人工(?:客服|服务|服務|坐席|座席){_HOURS}|真人(?:客服|服务|服務){_HOURS}"
        "|(?:找|转|轉|叫|换|換){0,1}(?:经理|經理|主管|领导|領導)(?:来|來|出来|出來|接电话|接電話)"
        "|(?:找|转|轉|叫)(?:你们|你們|您们)?(?:的)?(?:经理|經理|主管|领导|領導|上级|上級)"
        f"|(?:和|跟|与|與|同){_SMALL}(?:真)?(?:人|客服|人工|真人|活人|经理|經理|主管|专员|專員|工作人员|工作人員)"
        "(?:员|員)?(?:直接|当面|來|来)?(?:说|說|聊|谈|談|讲|講|沟通|溝通|对话|對話|通话|通話|交流|倾|傾)(?!.{0,2}[过過了])"
        "|有人(?:在|接)?(?:吗|嗎|么|麼|呀|没有|沒有)|(?:有没有|有沒有|有冇)人(?:在|啊|呀|吗|嗎|理|管|接|回|应|應|帮|幫|$)"
    ),
    alone=re.compile(
        f"(?:您好|你好|请|請|麻烦|麻煩|我要|我想|帮我|幫我| ){{0,3}}(?:人工{_LABOUR}|真人|活人|客服|人工台)"
        "(?:客服|服务|服務|坐席|在吗|在嗎|谢谢|謝謝|吧|呢|呀|啊|人员|人員| ){0,3}"
    ),
    against_bot=re.compile(
        "(?:不要|不想|别|別|不用|唔想|唔要|受不了|讨厌|討厭)(?:再|给我|給我|让|讓|跟|和|同|与|與|用|要|这|這|个|個|些){0,4}"
        "(?:机器人|機器人|机械人|機械人|ai|机器|機器|智能客服|自动回复|自動回覆)"
    ),
    refusal=re.compile(
        "(?:不要|不想|不用|不必|不需|不需要|别|別|无需|無需|没必要|沒必要|没有必要|沒有必要|唔使|唔要|唔想|先不|暂不|暫不|甭)"
        "(?:再|给我|給我|帮我|幫我|你|您|我|要|去|先|急着|急著|想|是|麻烦|麻煩|转|轉|找|了){0,4}$"
        "|(?<![还還都怎么麼何啥要])[不唔]$"
    ),
)


@dataclass(frozen=True, slots=True)
class EndWords:
    """Saying goodbye: `whole` is all that is left of the message once `polite` words are gone."""

    whole: frozenset[str]
    polite: Pattern[str]
    command: Pattern[str]
    refusal: Pattern[str]
    longest: int = 120


END_WORDS = EndWords(
    whole=_phrases(
        "bye|bye bye|byebye|goodbye|good bye|see you|see ya|that's all|that is all|thats all",
        "that will be all|that'll be all|nothing else|no that's all|no thats all|no nothing else",
        "i'm done|im done|i am done|we're done|i'm finished|no more questions|i have no more questions",
        "end|exit|quit|have a nice day|bye for now|goodbye for now|all done|that's it|that is it",
        "nothing more|再见|再見|拜拜|拜|掰掰|结束|結束|退出|没事了|沒事了|没有了|沒有了|没别的了",
        "沒別的了|没有别的了|沒有別的了|没有其他问题了|沒有其他問題了|没问题了|沒問題了|就这样|就這樣",
        "就这样吧|就這樣吧|先这样|先這樣|先这样吧|先這樣吧|没其他事了|沒其他事了|冇嘢喇|冇其他嘢|回见",
        "下次再聊|adios|hasta luego|chao|eso es todo|nada mas|au revoir|c'est tout|tschuss",
        "auf wiedersehen|das ist alles|das war's|das wars|arrivederci|e tutto|tchau|ate logo|isso e tudo",
        "tot ziens|dat is alles|до свидания|пока|это все|さようなら|終了|以上です|안녕히 계세요|종료",
        "tam biet|ลาก่อน|selamat tinggal|مع السلامة",
    ),
    polite=re.compile(
        r"\b(?:thanks|thank you|thx|many thanks|ok|okay|great|perfect|please|very much|so much|a lot|"
        r"for your help|for the help|for now|now|cheers|all good|well|no|good|merci|gracias|danke|obrigado|"
        r"obrigada|grazie|bedankt|спасибо)\b"
        r"|谢谢您?|謝謝您?|多谢|多謝|感谢|感謝|好的|好啦|麻烦了|麻煩了|哦|啊|啦|了解|唔該|ありがとうございました"
        r"|ありがとう|감사합니다"
    ),
    command=re.compile(
        r"\b(?:end|close|finish|stop|terminate|leave|exit|quit)(?: (?:the|this|our|my|that|live)){0,2}"
        r" (?:chat|chatting|conversation)\b"
        r"|(?:结束|結束|关闭|關閉|退出|停止|终止|終止)(?:本次|这次|這次|当前|當前|这个|這個|此次)?"
        r"(?:对话|對話|会话|會話|聊天|服务|服務|通话|通話|咨询|諮詢)"
        r"|\b(?:terminar|cerrar|finalizar) (?:el |la )?(?:chat|conversacion)\b"
        r"|\b(?:terminer|fermer|arreter) (?:le |la )?(?:chat|conversation|discussion)\b"
        r"|\b(?:chat|gesprach) (?:beenden|schliessen)\b|チャットを?(?:終了|終わ)|(?:채팅|상담|대화)(?:을|를)? ?종료"
    ),
    refusal=re.compile(
        r"\b(?:not|don't|dont|do not|never|didn't|wasn't|why|who|before|when|after|no|sin|pas|nicht)\b"
        r"|不要|别|別|先不|不想|为什么|為什麼|怎么会|怎麼會|之前|以后|以後|後|没有结束|しないで|하지"
    ),
)
