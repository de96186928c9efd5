"""What an element is for, read from its class names, id and role: furniture, caption, note, standfirst, byline, body.

Class names are split into words (``relatedArticles_block--x1`` -> ``related articles block x1``) and looked up as
words or pairs of words, never as substrings: ``shared`` is not ``share``. Build hashes, Tailwind variants and
state classes (``md:hidden``, ``has-ads``, ``is-open``) say nothing about purpose and are ignored.
"""

from __future__ import annotations

import re
from functools import lru_cache


class Make:
    """Bits: what an element's names say it is for. Plain numbers, for they are tested a hundred thousand times a page.

    SOFT may be overruled by holding much of the text, STRONG may
    not; WEAK counts only where much of the text below is links.
    """

    NONE = 0
    SOFT = 1
    STRONG = 2
    CAPTION = 4
    NOTE = 8
    BODY = 16
    STANDFIRST = 32
    BYLINE = 64
    HIDDEN = 128
    LIVE = 256
    CREDIT = 512
    QUOTE = 1024
    WEAK = 2048


_WORD = re.compile("[A-Z]*[0-9a-z]+|[A-Z]+")
_STATE = re.compile(
    r"^(?:has|is|js|no|not|with|without|can|u|l|t|hide|show|grid|col|row|post-\d|(?:category|tag)(?!-(?:list|cloud|links)))-"
    r"|^(?:has|with|without|no)_|^field-label-"
    r"|[:\[\]()/]|^(?:grid|flex)$"
)

_SOFT_WORDS = """
share sharebar sharetools sharebuttons shareicons social socials socialshare socialbar sociallinks addthis
addtoany sharethis sharedaddy promo promos promobox promotion promotions advert adverts advertisement
advertisements advertising ad ads adslot adbox adunit adwrapper adcontainer adblock adplaceholder adsbygoogle
dfp gpt sponsor sponsored sponsors sponsoring banner banners recirc recirculation recommended recommendation
recommendations recommends reco recos trending popular mostread mostpopular mostviewed sidebar sidebars
breadcrumb breadcrumbs nav navbar navigation menu footer pagination pager tags taglist keywords topiclist
topictags hashtags toolbar tools outbrain taboola rail signup subscribe subscription subscriptions subscriber
login signin register registration modal popup popover overlay tooltip lightbox dialog carousel slider
slideshow swiper slick poll polls quiz survey donate donation donations membership notification notifications
feedback rating ratings skip search searchbox languageswitch lang infobox infografik embed embeds embedded
appdownload upsell upsells marketing cta callout crosspromo crosssell linkbox linklist links morelinks
readmore seealso alsoread readalso readnext upnext morefrom moreon moreabout moreabove relatedlinks partner
partners affiliate affiliates bookmark bookmarks favorite save gift print printonly comment commentcount
player videoplayer audioplayer podcast audio listen tts texttospeech readspeaker speech playlist jwplayer
brightcove timestamp dateline datetime publishdate pubdate postmeta entrymeta articlemeta byline bylines
authorbox authorbio authorinfo authors aboutauthor bio biography profile contributors avatar follow following
followus copyright disclaimer imprint colophon tagline masthead topbar alert toc tableofcontents anchor
anchors jump kicker eyebrow overline flag badge badges rubric credits credit ticker weather stocks stockticker
quotebox hero-links fb-root fbcomments plista nativo zergnet mgid revcontent livefyre viafoura coral openweb
spotim teads taboolabox ndn infolinks barrier truste accessibility screenreader placeholder spinner loading
loader noprint hidden invisible textauthor authorline authorprofile authorblock lineinfo postdate displaydate
technicalline factbox infobox faktenbox faktabox kasten articlefooter storyfooter contentfooter bottom-links
mediathek
""".split()

_STRONG_WORDS = """
comments commentlist commentslist commentsection commentaires kommentare leserkommentare comentarios commenti reacties
kommentarer komentarze disqus respond related relatedarticles relatedcontent
relatedstories relatedposts relatednews relateds newsletter newsletters newsletterbox consent cookie cookies
cookiebar cookiebanner gdpr onetrust didomi usercentrics cookiebot sourcepoint quantcast cmpbox tcf
privacybanner dsgvo tarteaucitron borlabs cmplz complianz klaro iubenda cookielaw cookieconsent cookienotice
cookiealert privacypopup srOnly sronly visuallyhidden screenreadertext assistive
""".lower().split()

_SOFT_PAIRS = """
author-block author-profile author-teaser author-line fact-box info-box expandable-box fakta-box
related-broadcast video-fallback interaction-bar post-info most-read most-popular most-viewed most-recent
most-shared most-commented read-more read-next read-also also-read see-also more-from more-on more-about
more-stories more-news more-links more-in more-articles up-next next-article next-story next-post prev-next
previous-next post-navigation latest-news latest-stories news-list news-feed article-list story-list link-list
link-box topic-list tag-list tag-cloud author-bio author-box author-info author-card about-author article-meta
post-meta entry-meta story-meta article-tags post-tags article-footer entry-footer post-footer story-footer
article-tools story-tools article-actions action-bar call-to in-article-promo app-store google-play
google-news follow-us sign-up sign-in log-in back-to to-top skip-to social-media social-share pull-right-rail
right-rail left-rail top-stories top-news editors-picks editor-picks you-may might-like may-like also-like
dont-miss don-t trc-related ad-slot ad-container ad-wrapper ad-unit ad-label ad-block twitter-tweet
instagram-media tiktok-embed fb-post bluesky-embed twitter-embed media-player video-player audio-player
listen-to read-aloud text-to article-date publish-date post-date published-date last-updated date-published
date-modified entry-date reading-time read-time time-to comment-count article-nav story-nav site-header
site-footer page-header page-footer site-nav main-nav global-nav image-gallery photo-gallery media-gallery
related-topics article-topics story-topics article-sidebar story-ad story-promo article-promo inline-promo
newsletter-signup article-series series-nav series-box card-list teaser-list article-teaser story-card
article-card news-card cards-list content-card card-grid load-more show-more view-comments leave-comment
job-board read-time recommended-stories
""".split()

_STRONG_PAIRS = """
comment-list comments-area comments-section comment-section comment-form related-articles related-content
related-stories related-posts related-news related-links related-items related-story related-article
cookie-banner cookie-notice cookie-consent sr-only visually-hidden screen-reader a11y-hidden
visuallyhidden-focusable hidden-visually
""".split()

_WEAK_WORDS = """
teaser teasers teaserlist widget widgets topics topic label labels category categories gallery galleries shop
shopping product products box boxes card cards tile tiles list stream promo-card inline collection collections
""".split()

_CAPTION = """
caption captions figcaption imagecaption photocaption legend legends bildunterschrift bildtext cutline contentimage
mediainfo
""".split()
_CAPTION_PAIRS = """
image-caption photo-caption media-caption wp-caption-text caption-text img-caption image-description
media-info content-image photo-description image-desc img-desc image-legend figure-caption image-text
picture-caption media-description img-description photo-description picture-description gallery-description
gallery-caption slide-caption slide-description slide-info carousel-caption
""".split()
_CREDIT = """
credit credits imagecredit photocredit copyright attribution source photographer quelle bildnachweis
""".split()
_NOTE = """
correction corrections clarification clarifications erratum errata editorsnote editornote editorialnote
updatenote correctionnote korrektur berichtigung rectificatif rectification correccion rettifica fe-de-erratas
rectificatie
""".split()
_NOTE_PAIRS = """
editors-note editor-note editor-s article-correction editorial-note update-note correction-note story-note
article-note
""".split()
_BODY = """
articlebody storybody postbody entrybody newsbody articlecontent storycontent postcontent entrycontent
articletext storytext posttext bodytext maintext bodycopy articlecopy richtext paywallcontent
""".split()
_BODY_PAIRS = """
article-body story-body post-body entry-body news-body article-content story-content post-content
entry-content article-text story-text body-text body-copy main-text content-body body-content article-copy
rich-text article-main content-text text-content detail-content news-content article-paragraphs
article-page__content
""".split()
_STANDFIRST = """
standfirst subtitle subheadline subhead dek deck lede lead leadtext summary abstract chapo chapeau teasertext
introduction intro vorspann excerpt subheading sapo sottotitolo occhiello entradilla bajada copete antetitulo
description kicker-text preamble deck subtit shorttext articlelead storylead leadin spot ingress manchet
tagline sommario catenaccio resumo linhafina strapline undertitle
""".split()
_STANDFIRST_PAIRS = """
sub-title sub-headline sub-heading sub-head article-summary article-lead article-intro article-description
article-subtitle story-summary post-excerpt lead-text lead-paragraph linha-fina article-dek headline-sub
sub-tit lead-in article-preamble summary-bullets mid-title article-excerpt entry-summary story-intro
article-standfirst article-teaser article-abstract
""".split()
_BYLINE = """
byline bylines author authors authorname contributor contributors writer autor autoren auteur auteurs
signature firma verfasser redakteur journalist reporter
""".split()
_BYLINE_PAIRS = """
article-author author-name by-line article-byline post-author story-author article-authors entry-author
author-link
""".split()
_LIVE = """
liveblog livepost liveentry liveticker livefeed livecoverage
""".split()
_LIVE_PAIRS = """
live-blog live-post live-entry live-update live-feed live-ticker live-event live-blogpost
""".split()
_QUOTE = """
pullquote blockquote pullout
""".split()
_QUOTE_PAIRS = """
pull-quote block-quote
""".split()


def _table() -> dict[str, int]:
    found: dict[str, int] = {}
    for names, make in (
        (_SOFT_WORDS + _SOFT_PAIRS, Make.SOFT),
        (_WEAK_WORDS, Make.WEAK),
        (_STRONG_WORDS + _STRONG_PAIRS, Make.STRONG | Make.SOFT),
        (_CAPTION + _CAPTION_PAIRS, Make.CAPTION),
        (_CREDIT, Make.CREDIT),
        (_NOTE + _NOTE_PAIRS, Make.NOTE),
        (_BODY + _BODY_PAIRS, Make.BODY),
        (_STANDFIRST + _STANDFIRST_PAIRS, Make.STANDFIRST),
        (_BYLINE + _BYLINE_PAIRS, Make.BYLINE),
        (_LIVE + _LIVE_PAIRS, Make.LIVE),
        (_QUOTE + _QUOTE_PAIRS, Make.QUOTE),
    ):
        for name in names:
            found[name] = found.get(name, Make.NONE) | make
    return found


_MAKES = _table()


@lru_cache(maxsize=8_192)
def make_of(names: str) -> int:
    """The make of an element with these class names and id (given together, separated by spaces)."""
    found = Make.NONE
    for name in names[:400].split():
        found |= _make_of_one(name)
    if found & Make.NOTE:
        found &= ~(Make.SOFT | Make.STRONG)
    if found & (Make.CAPTION | Make.BODY | Make.QUOTE) and not found & Make.STRONG:
        found &= ~Make.SOFT
    return found


# How a widespread plugin names what it puts between the paragraphs; ``code-block`` alone holds code.
_AD_INSERTED = re.compile(r"code-block-\d+")


@lru_cache(maxsize=16_384)
def _make_of_one(name: str) -> int:
    """The make one class name speaks of; pages of a site share most of theirs, some hundred."""
    if _STATE.search(name) or name.endswith(("-enabled", "-disabled", "-open", "-closed", "-on", "-off")):
        return Make.NONE
    if _AD_INSERTED.fullmatch(name):
        return Make.SOFT
    found = Make.NONE
    previous = ""
    for word in _WORD.findall(name):
        word = word.lower()
        found |= _MAKES.get(word, Make.NONE)
        if previous:
            found |= _MAKES.get(f"{previous}-{word}", Make.NONE)
        previous = word
    return found
