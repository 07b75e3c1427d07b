"""Passwords that everybody tries first: a frozen set made at import from stems, keyboard walks, runs and pinyin.

Only what could pass the length rule is kept. All are compared without case.
"""

import re
from collections.abc import Iterator
from datetime import date
from itertools import chain, product

_SHORTEST = 8


def _listed(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_WORDS = _listed(
    """password passwd passw0rd admin administrator root user guest test tester testing demo login logon signin welcome
letmein access secret master default changeme temp temppass pass hello helloworld iloveyou loveme lovely sunshine
princess dragon monkey football baseball basketball soccer hockey superman batman spiderman pokemon naruto
starwars shadow killer hunter ranger tigger charlie michael jordan jennifer jessica ashley daniel thomas robert
andrew george william matthew joshua anthony nicole michelle amanda melissa samantha cookie cheese banana orange
summer winter spring autumn monday friday january december flower garden freedom whatever trustno computer
internet google facebook twitter linkedin youtube android iphone samsung windows microsoft apple oracle database
server system manager office company business service support customer money dollar lucky forever family mother
father sister brother angel heaven jesus blessed friend friends happy birthday china beijing shanghai guangzhou
shenzhen hangzhou hongkong taiwan london paris newyork america canada australia qwerty qwertyuiop asdfgh asdfghjkl
zxcvbn zxcvbnm qazwsx qweasd abc abcd abcdef aaa aaaa xyz store shop owner seller market product supplier order
share taobao tmall alibaba alipay jingdong pinduoduo weixin wechat douyin kuaishou xiaohongshu baidu tencent
huawei xiaomi"""
)

_PINYIN = _listed(
    """woaini woaiwojia woaizhongguo woaibaba woaimama wobuzhidao wodemima mima mimamima nihao nihaoma zhongguo zhonghua
tiananmen changcheng laoban laopo laogong baobao baobei baobeier xiaobao xiaopang xiaoming xiaohong xiaoli
xiaofang xiaoyu xiaolong wangwei wangfang wangli wangjing lixia lina liwei liming liqiang zhangwei zhangli
zhangmin zhangsan lisi wangwu zhaoliu liuwei liuyang chenchen yangyang tiantian kuaile gongxi facai gongxifacai
pingan yishengpingan shengri shengrikuaile xinnian xingfu jiankang meili piaoliang keai aini aiwo tianshi tiankong
yueliang taiyang xingxing shijie renmin laoshi xuesheng dianzhu dianpu kaidian kefu zhuanqian fenxiang xuetang
maijia maidongxi jiayou nihaoshijie hahaha heihei wudi chaoren longlong huanhuan lele mengmeng doudou niuniu
dandan lili fangfang feifei jingjing qianqian tingting yuanyuan jiajia pengpeng mingming haohao"""
)

_SUFFIXES = _listed(
    """1 12 123 1234 12345 123456 1234567 12345678 123456789 01 001 007 11 111 000 0000 88 888 8888 666 6666 66 99 999
520 5201314 1314 521 110 119 168 518 21 22 23 69 77 321 4321 654321 abc qwe a aa ! !! 1! 12! 123! 1234! @ @1 @12
@123 @1234 # #1 #123 . .. * $ _ 123abc 123qwe 2468 1111"""
)

_FEW_SUFFIXES = ("", "1", "12", "123", "1234", "!", "1!", "123!")
_PREFIXES = ("a", "aa", "abc", "1", "12", "123", "1234", "123456", "520", "my", "the", "wo", "i")
_YEARS = tuple(str(year) for year in chain(range(1970, 2011), range(2018, 2031)))
_WALKS = (
    "qwertyuiop[]",
    "asdfghjkl;'",
    "zxcvbnm,./",
    "qwertyuiopasdfghjklzxcvbnm",
    "1234567890-=",
    "01234567890123456789",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik,9ol.",
    "qazwsxedcrfvtgbyhnujmikolp",
    "q1w2e3r4t5y6u7i8o9p0",
    "1q2w3e4r5t6y7u8i9o0p",
    "a1b2c3d4e5f6g7h8i9j0",
    "a1s2d3f4g5h6j7k8l9",
    "abcdefghijklmnopqrstuvwxyz",
    "112233445566778899",
    "147258369",
    "159357258456",
    "789456123",
    "135792468",
)
_UNITS = _listed(
    "abc 123 abcd 1234 qwe asd zxc 112233 12 ab 520 1314 5201314 888 666 love test pass user qaz wsx a1 1a"
)
_LOOKALIKES = (str.maketrans("ao", "@0"), str.maketrans("aeio", "4310"), str.maketrans("aeios", "@310$"))
_DATE = re.compile(r"(19[3-9]\d|20[0-3]\d)(\d\d)(\d\d)")


def _stemmed() -> Iterator[str]:
    for stem in (*_WORDS, *_PINYIN):
        yield stem
        yield stem * 2
        yield from (f"{stem}{tail}" for tail in (*_SUFFIXES, *_YEARS))
        yield from (f"{prefix}{stem}" for prefix in _PREFIXES)
    for word, table in product(_WORDS, _LOOKALIKES):
        yield from (f"{word.translate(table)}{tail}" for tail in _FEW_SUFFIXES)


def _walked() -> Iterator[str]:
    for walk in chain(_WALKS, (walk[::-1] for walk in _WALKS)):
        for start, length in product(range(len(walk)), range(_SHORTEST, 17)):
            if start + length <= len(walk):
                yield walk[start : start + length]


def _repeated() -> Iterator[str]:
    for unit, times in product((*"abcdefghijklmnopqrstuvwxyz0123456789.*!-_ ", *_UNITS), range(2, 17)):
        if len(unit) * times <= 16:
            yield unit * times


COMMON = frozenset(text for text in chain(_stemmed(), _walked(), _repeated()) if len(text) >= _SHORTEST)


def is_common(password: str) -> bool:
    """Whether `password` is one of those that are tried first, or a plain date."""
    folded = password.casefold()
    return folded in COMMON or folded.strip() in COMMON or not folded.strip() or _is_date(folded)


def _is_date(text: str) -> bool:
    found = _DATE.fullmatch(re.sub(r"[-/.]", "", text))
    if found is None:
        return False
    try:
        date(*map(int, found.groups()))
    except ValueError:
        return False
    return True
