"""Stories in other scripts: their dates in words and calendars, their bylines, their furniture."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bot.extract import extract
from bot.extract.calendars import in_figures
from bot.extract.names import tidy_names
from bot.extract.phrases import FURNITURE, is_dateline, is_tools, is_volatile
from bot.extract.when import moment


def _day(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("نشر في: 24 نوفمبر 2026 - 10:33", _day(2026, 11, 24, 10, 33)),
        ("الثلاثاء 24 تشرين الثاني / نوفمبر 2026", _day(2026, 11, 24)),
        ("3 جويلية 2021", _day(2021, 7, 3)),
        ("تاریخ انتشار: ۲۱ اردیبهشت ۱۳۹۹ - ۱۸:۵۹", _day(2020, 5, 10, 18, 59)),
        ("۱ فروردین ۱۴۰۴", _day(2025, 3, 21)),
        ("30 اسفند 1403", _day(2025, 3, 20)),
        ("1399/02/21 18:59", _day(2020, 5, 10, 18, 59)),
        ("11 جدی 1402", _day(2024, 1, 1)),
        ("פורסם: 24 בנובמבר 2026, 10:33", _day(2026, 11, 24, 10, 33)),
        ("शनिवार, 29 अगस्त 2020", _day(2020, 8, 29)),
        ("শনিবার, আগস্ট ২৯, ২০২০ | ১০:৪৬ পূর্বাহ্ণ", _day(2020, 8, 29, 10, 46)),
        ("மே 5, 2021", _day(2021, 5, 5)),
        ("21 ม.ค. 2561", _day(2018, 1, 21)),
        ("24 พฤศจิกายน พ.ศ. 2569 12:00 น.", _day(2026, 11, 24, 12)),
        ("3 Ιουλίου 2012 10:22", _day(2012, 7, 3, 10, 22)),
        ("24 листопада 2026, 10:33", _day(2026, 11, 24, 10, 33)),
        ("令和7年1月13日 午後3:05", _day(2025, 1, 13, 15, 5)),
        ("民國114年11月24日", _day(2025, 11, 24)),
        ("2026년 11월 24일 오후 3:05", _day(2026, 11, 24, 15, 5)),
        ("24 tháng 11 năm 2026", _day(2026, 11, 24)),
        ("3 lipca 2026", _day(2026, 7, 3)),
        ("3. července 2026", _day(2026, 7, 3)),
        ("3. června 2026", _day(2026, 6, 3)),
        ("24 marraskuuta 2021", _day(2021, 11, 24)),
    ],
)
def test_a_date_in_the_words_and_calendar_of_its_country_is_read(text: str, expected: datetime) -> None:
    assert moment(text) == expected


def test_an_islamic_date_is_known_as_one_and_no_day_is_guessed_from_it() -> None:
    assert moment("12 رمضان 1446 هـ") is None
    assert is_volatile("12 رمضان 1446 هـ")


@pytest.mark.parametrize("text", ["تقرير عن 24 إصابة في المدينة", "В порту 24 судна, 3 из них пустые", "24名がけが"])
def test_numbers_without_a_month_stay_as_they_are(text: str) -> None:
    assert in_figures(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "শনিবার, আগস্ট ২৯, ২০২০ | ১০:৪৬ পূর্বাহ্ণ",
        "आभा वर्णी / नई दिल्ली February 14, 2020",
        "יום שלישי 24.11.2026 עודכן 10:33",
        "기사입력 2026-11-24 10:33 최종수정 2026-11-24 11:00",
        "2026-11-24 港口日報 林小雨／台北報導",
        "Вторник, 24 ноября 2026, 10:33",
    ],
)
def test_a_line_of_days_and_times_is_a_dateline_in_any_script(text: str) -> None:
    assert is_dateline(text)


@pytest.mark.parametrize(
    "text", ["港口議会は3月31日に新しい渡船の計画を公表した", "Порт закрыли 24 ноября из-за шторма у мола"]
)
def test_a_sentence_with_a_date_is_no_dateline(text: str) -> None:
    assert not is_dateline(text)


def _page(lang: str, headline: str, above: str, sentence: str) -> bytes:
    text = "".join(f"<p>{sentence} {number}</p>" for number in range(1, 6))
    return (
        f"<html lang='{lang}'><head><title>{headline}</title></head><body><main><article><h1>{headline}</h1>{above}"
        f"{text}</article></main></body></html>"
    ).encode()


@pytest.mark.parametrize(
    ("lang", "headline", "above", "sentence"),
    [
        ("he", "המעבורת נסגרה לאחר סערה", "<div>יום רביעי, 24 בנובמבר 2026</div>",
         "רשות הנמל הודיעה כי המעבורת לא תפליג עד סוף השבוע, וכי הנוסעים יקבלו את כספם בחזרה בתוך כמה ימים."),
        ("th", "ท่าเรือปิดหลังพายุ", "<div>พุธ 24 พฤศจิกายน 2569 - 10:33</div>",
         "เจ้าหน้าที่ท่าเรือแจ้งว่าเรือข้ามฟากจะหยุดให้บริการจนถึงสุดสัปดาห์ และผู้โดยสารจะได้รับเงินคืนภายในไม่กี่วัน"),
        ("bn", "ঝড়ের পর ফেরি বন্ধ", "<div>| মঙ্গলবার, নভেম্বর ২৪, ২০২৬ | ১০:৩৩ পূর্বাহ্ণ |</div>",
         "বন্দর কর্তৃপক্ষ জানিয়েছে, সপ্তাহের শেষ পর্যন্ত ফেরি চলবে না এবং যাত্রীরা কয়েক দিনের মধ্যে টাকা ফেরত পাবেন।"),
        ("fa", "بندر پس از توفان بسته شد", "<div>سه‌شنبه ۳ آذر ۱۴۰۵ - ۱۰:۳۳</div>",
         "اداره بندر اعلام کرد که کشتی تا پایان هفته حرکت نمی‌کند و مسافران ظرف چند روز پول خود را پس می‌گیرند."),
    ],
)  # fmt: skip
def test_a_line_of_the_day_is_when_it_was_published_and_nothing_else(
    lang: str, headline: str, above: str, sentence: str
) -> None:
    story = extract(_page(lang, headline, above, sentence), url="https://herald.example/port/ferry").story
    assert story.published_at is not None
    assert story.published_at.date() == _day(2026, 11, 24).date()
    assert not story.byline
    assert not story.standfirst
    assert [block.text for block in story.blocks] == [f"{sentence} {number}" for number in range(1, 6)]


@pytest.mark.parametrize(
    "text",
    [
        "طباعة Email فيسبوك تويتر لينكدين", "Εκτύπωση Email Tweet Επικοινωνία", "打印 收藏 微博", "Печать | Поделиться",
        "چاپ | اشتراک گذاری | تلگرام", "שיתוף | הדפסה | פייסבוק", "인쇄 스크랩 페이스북",
    ],
)  # fmt: skip
def test_a_line_of_tools_is_known_in_any_script(text: str) -> None:
    assert is_tools(text)


@pytest.mark.parametrize("text", ["Facebook", "Печать погибших", "משרד הדפסה", "Partager la route", "文字 與 圖"])
def test_one_word_or_a_word_that_is_no_tool_makes_no_line_of_tools(text: str) -> None:
    assert not is_tools(text)


@pytest.mark.parametrize(
    "text",
    [
        "انتهای پیام/ی", "المصدر: وكالة الميناء", "اقرأ أيضاً: العبارة تعود", "מצאתם טעות בכתבה? כתבו לנו",
        "यह भी पढ़ें- नाव फिर चली", "আরও পড়ুন: ফেরি চালু", "ที่มา : สำนักข่าวท่าเรือ", "Διαβάστε επίσης: Το πλοίο γύρισε",
        "Рубрики: В мире / Общество", "Нашли опечатку? Выделите её и нажмите Ctrl+Enter", "Джерело: Портові вісті",
        "【責任編輯：林小雨】", "（文/王港）", "(林小雨 编辑)", "关键词：渡轮 港口", "☞ 바로가기",
        "무단전재 및 재배포 금지", "zew, PAP", "Publicidade do parceiro Porto 3",
    ],
)  # fmt: skip
def test_furniture_of_other_languages_is_known(text: str) -> None:
    assert FURNITURE.fullmatch(text)


@pytest.mark.parametrize(
    "text",
    [
        "记者：渡轮什么时候恢复？", "المصدر الوحيد للدخل في القرية هو العبارة التي توقفت يوم الاثنين بعد العاصفة.",
        "По данным порта, погибли три человека, сообщил начальник.", "▷김항구 : 네.",
        "Źródło zanieczyszczenia jest znane.", "Mit der Fähre kam er an.",
    ],
)  # fmt: skip
def test_a_sentence_that_opens_like_furniture_is_none(text: str) -> None:
    assert not FURNITURE.fullmatch(text)


@pytest.mark.parametrize(
    ("title", "shown"),
    [
        ("暴風過後渡輪停航到週末｜即時新聞｜港口日報", "暴風過後渡輪停航到週末"),
        ("暴風過後渡輪停航到週末 | 生活 | 即時新聞 | 港口新聞網", "暴風過後渡輪停航到週末"),
        ("台风过后渡轮停航_时政_港口站_港口网", "台风过后渡轮停航"),
        ("ΤΟ ΛΙΜΑΝΙ - Το πλοίο δεν θα ταξιδέψει αύριο - ειδήσεις", "Το πλοίο δεν θα ταξιδέψει αύριο"),
        ("Паром не выйдет до выходных // Порт.example // В стране", "Паром не выйдет до выходных"),
    ],
)
def test_the_line_a_title_opens_with_is_the_headline_of_a_page_without_headings(title: str, shown: str) -> None:
    text = "".join(f"<p>{shown}{shown}, {shown}{shown} {number}.</p>" for number in range(5))
    head = f"<html><head><title>{title}</title></head>"
    page = f"{head}<body><table><tr><td><b>{shown}</b>{text}</td></tr></table></body></html>"
    story = extract(page.encode(), url="https://port.example/news/17").story
    assert story.headline == shown
    assert all(block.text != shown for block in story.blocks)


@pytest.mark.parametrize(
    ("short", "sentence"),
    [
        ("روايات وهمية", "وقال مدير الميناء إن العبارة لن تبحر حتى نهاية الأسبوع وإن الركاب سيستعيدون أموالهم."),
        ("聯合調查", "港口當局週一表示，渡輪在週末之前不會啟航，乘客將在數日之內拿回票款。"),
        ("Burza na torze", "Zarząd portu podał w poniedziałek, że prom nie wypłynie do końca tygodnia."),
    ],
)  # fmt: skip
def test_a_short_line_between_line_breaks_of_one_element_is_a_subheading_and_stays(short: str, sentence: str) -> None:
    text = "<br><br>".join([f"{sentence} 1", f"{sentence} 2", short, f"{sentence} 3", f"{sentence} 4"])
    page = f"<html><body><h1>{sentence[:30]}</h1><div>{text}</div><div>{short}</div></body></html>"
    texts = [block.text for block in extract(page.encode(), url="https://port.example/news/19").story.blocks]
    assert texts == [f"{sentence} 1", f"{sentence} 2", short, f"{sentence} 3", f"{sentence} 4"]


def test_a_korean_reporter_signs_below_the_text_with_name_office_and_mail() -> None:
    sentence = "항구 당국은 월요일에 여객선이 주말까지 운항하지 않는다고 밝혔습니다."
    text = "".join(f"<p>{sentence} {number}</p>" for number in range(8))
    signed = "<p>김항구 기자 (kim@port.example)</p><p>#여객선 #항구</p><p>(끝)</p>"
    page = f"<html lang='ko'><body><h1>폭풍 뒤 여객선 중단</h1><div>{text}{signed}</div></body></html>"
    story = extract(page.encode(), url="https://port.example/news/20").story
    assert story.byline == ("김항구",)
    assert [block.text for block in story.blocks] == [f"{sentence} {number}" for number in range(8)]


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("حوار: آسيا المرفأ", "آسيا المرفأ"), ("Του Γιάννη Λιμενάρη", "Γιάννη Λιμενάρη"),
        ("Γράφει ο Νίκος Λιμενάρης", "Νίκος Λιμενάρης"), ("โดย สมชาย ท่าเรือ", "สมชาย ท่าเรือ"),
        ("本报记者 王小港", "王小港"), ("筆者：港太郎", "港太郎"), ("Írta: Révész Béla", "Révész Béla"),
    ],
)  # fmt: skip
def test_the_word_before_a_name_is_known_in_other_languages(line: str, name: str) -> None:
    assert tidy_names([line]) == [name]


def test_the_label_of_a_comment_is_no_byline() -> None:
    assert tidy_names(["Текст комментария"]) == ["Текст комментария"]


def test_a_name_in_brackets_below_a_flash_is_no_text_of_it() -> None:
    sentence = "רשות הנמל הודיעה כי המעבורת לא תפליג עד סוף השבוע, וכי הנוסעים יקבלו את כספם בחזרה בתוך כמה ימים. "
    page = f"<body><h1>המעבורת נסגרה</h1><div><p>{sentence * 3}</p><p>(גלעד נמלי)</p></div></body>"
    story = extract(page.encode(), url="https://port.example/news/21").story
    assert [block.text for block in story.blocks] == [(sentence * 3).strip()]


def test_data_that_shows_as_text_is_none() -> None:
    data = '{"_id":"5e97","slug":"ferry-news","type":"story","title":"नाव बंद","city":{"slug":"port"}}'
    sentence = "बंदरगाह प्रशासन ने कहा कि नाव सप्ताह के अंत तक नहीं चलेगी और यात्रियों को पैसे वापस मिलेंगे।"
    text = "".join(f"<p>{sentence} {number}</p>" for number in range(4))
    page = f"<html lang='hi'><body><h1>तूफान के बाद नाव बंद</h1><div><div>{data}</div>{text}</div></body></html>"
    story = extract(page.encode(), url="https://port.example/news/22").story
    assert [block.text for block in story.blocks] == [f"{sentence} {number}" for number in range(4)]
