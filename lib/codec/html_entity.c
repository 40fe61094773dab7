/* html_entity: entities and what they stand for. */
#include "codec/html_entity.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

enum { CODE_MAX = 0x10FFFF };

/* NAME=TEXT, in the order of these bytes: those of HTML 4, and those that HTML 5 has for ASCII
 * characters. */
static const char *const named[] = {
    "AElig=Æ",     "AMP=&",         "Aacute=Á",   "Acirc=Â",    "Agrave=À", "Alpha=Α",
    "Aring=Å",     "Atilde=Ã",      "Auml=Ä",     "Beta=Β",     "Ccedil=Ç", "Chi=Χ",
    "Dagger=‡",    "Delta=Δ",       "ETH=Ð",      "Eacute=É",   "Ecirc=Ê",  "Egrave=È",
    "Epsilon=Ε",   "Eta=Η",         "Euml=Ë",     "GT=>",       "Gamma=Γ",  "Hat=^",
    "Iacute=Í",    "Icirc=Î",       "Igrave=Ì",   "Iota=Ι",     "Iuml=Ï",   "Kappa=Κ",
    "LT=<",        "Lambda=Λ",      "Mu=Μ",       "NewLine=\n", "Ntilde=Ñ", "Nu=Ν",
    "OElig=Œ",     "Oacute=Ó",      "Ocirc=Ô",    "Ograve=Ò",   "Omega=Ω",  "Omicron=Ο",
    "Oslash=Ø",    "Otilde=Õ",      "Ouml=Ö",     "Phi=Φ",      "Pi=Π",     "Prime=″",
    "Psi=Ψ",       "QUOT=\"",       "Rho=Ρ",      "Scaron=Š",   "Sigma=Σ",  "THORN=Þ",
    "Tab=\t",      "Tau=Τ",         "Theta=Θ",    "Uacute=Ú",   "Ucirc=Û",  "Ugrave=Ù",
    "Upsilon=Υ",   "Uuml=Ü",        "Xi=Ξ",       "Yacute=Ý",   "Yuml=Ÿ",   "Zeta=Ζ",
    "aacute=á",    "acirc=â",       "acute=´",    "aelig=æ",    "agrave=à", "alefsym=ℵ",
    "alpha=α",     "amp=&",         "and=∧",      "ang=∠",      "apos='",   "aring=å",
    "ast=*",       "asymp=≈",       "atilde=ã",   "auml=ä",     "bdquo=„",  "beta=β",
    "brvbar=¦",    "bsol=\\",       "bull=•",     "cap=∩",      "ccedil=ç", "cedil=¸",
    "cent=¢",      "chi=χ",         "circ=ˆ",     "clubs=♣",    "colon=:",  "comma=,",
    "commat=@",    "cong=≅",        "copy=©",     "crarr=↵",    "cup=∪",    "curren=¤",
    "dArr=⇓",      "dagger=†",      "darr=↓",     "deg=°",      "delta=δ",  "diams=♦",
    "divide=÷",    "dollar=$",      "eacute=é",   "ecirc=ê",    "egrave=è", "empty=∅",
    "emsp=\u2003", "ensp=\u2002",   "epsilon=ε",  "equals==",   "equiv=≡",  "eta=η",
    "eth=ð",       "euml=ë",        "euro=€",     "excl=!",     "exist=∃",  "fnof=ƒ",
    "forall=∀",    "frac12=½",      "frac14=¼",   "frac34=¾",   "frasl=⁄",  "gamma=γ",
    "ge=≥",        "grave=`",       "gt=>",       "hArr=⇔",     "harr=↔",   "hearts=♥",
    "hellip=…",    "iacute=í",      "icirc=î",    "iexcl=¡",    "igrave=ì", "image=ℑ",
    "infin=∞",     "int=∫",         "iota=ι",     "iquest=¿",   "isin=∈",   "iuml=ï",
    "kappa=κ",     "lArr=⇐",        "lambda=λ",   "lang=〈",    "laquo=«",  "larr=←",
    "lbrace={",    "lbrack=[",      "lceil=⌈",    "lcub={",     "ldquo=“",  "le=≤",
    "lfloor=⌊",    "lowast=∗",      "lowbar=_",   "loz=◊",      "lpar=(",   "lrm=\u200E",
    "lsaquo=‹",    "lsqb=[",        "lsquo=‘",    "lt=<",       "macr=¯",   "mdash=—",
    "micro=µ",     "middot=·",      "minus=−",    "mu=μ",       "nabla=∇",  "nbsp=\u00A0",
    "ndash=–",     "ne=≠",          "ni=∋",       "not=¬",      "notin=∉",  "nsub=⊄",
    "ntilde=ñ",    "nu=ν",          "num=#",      "oacute=ó",   "ocirc=ô",  "oelig=œ",
    "ograve=ò",    "oline=‾",       "omega=ω",    "omicron=ο",  "oplus=⊕",  "or=∨",
    "ordf=ª",      "ordm=º",        "oslash=ø",   "otilde=õ",   "otimes=⊗", "ouml=ö",
    "para=¶",      "part=∂",        "percnt=%",   "period=.",   "permil=‰", "perp=⊥",
    "phi=φ",       "pi=π",          "piv=ϖ",      "plus=+",     "plusmn=±", "pound=£",
    "prime=′",     "prod=∏",        "prop=∝",     "psi=ψ",      "quest=?",  "quot=\"",
    "rArr=⇒",      "radic=√",       "rang=〉",    "raquo=»",    "rarr=→",   "rbrace=}",
    "rbrack=]",    "rceil=⌉",       "rcub=}",     "rdquo=”",    "real=ℜ",   "reg=®",
    "rfloor=⌋",    "rho=ρ",         "rlm=\u200F", "rpar=)",     "rsaquo=›", "rsqb=]",
    "rsquo=’",     "sbquo=‚",       "scaron=š",   "sdot=⋅",     "sect=§",   "semi=;",
    "shy=\u00AD",  "sigma=σ",       "sigmaf=ς",   "sim=∼",      "sol=/",    "spades=♠",
    "sub=⊂",       "sube=⊆",        "sum=∑",      "sup1=¹",     "sup2=²",   "sup3=³",
    "sup=⊃",       "supe=⊇",        "szlig=ß",    "tau=τ",      "there4=∴", "theta=θ",
    "thetasym=ϑ",  "thinsp=\u2009", "thorn=þ",    "tilde=˜",    "times=×",  "trade=™",
    "uArr=⇑",      "uacute=ú",      "uarr=↑",     "ucirc=û",    "ugrave=ù", "uml=¨",
    "upsih=ϒ",     "upsilon=υ",     "uuml=ü",     "verbar=|",   "vert=|",   "weierp=℘",
    "xi=ξ",        "yacute=ý",      "yen=¥",      "yuml=ÿ",     "zeta=ζ",   "zwj=\u200D",
    "zwnj=\u200C",
};

/* What the numbers from 0x80 to 0x9F mean in HTML: the characters of Windows-1252. */
static const uint16_t windows[] = {
    0x20AC, 0,      0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160,
    0x2039, 0x0152, 0,      0x017D, 0,      0,      0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
    0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0,      0x017E, 0x0178,
};

struct entity_name {
    const char *at;
    size_t n;
};

static int compare_names(const void *key, const void *entry)
{
    const struct entity_name *name = key;
    const char *other = *(const char *const *)entry;
    int order = *name->at == *other ? strncmp(name->at, other, name->n) : *name->at - *other;
    return order ? order : '=' - other[name->n];
}

/* A name counts with its semicolon alone: "R&D", "?a=1&copy=2" are text. */
static size_t read_name(const char *s, size_t n, char text[HTML_ENTITY_SIZE])
{
    struct entity_name name = {.at = s + 1, .n = 0};
    while (name.n + 1 < n && isalnum((unsigned char)name.at[name.n]))
        name.n++;
    if (name.n + 1 >= n || name.at[name.n] != ';')
        return 0;
    const char *const *entry =
        bsearch(&name, named, sizeof named / sizeof *named, sizeof *named, compare_names);
    if (!entry)
        return 0;
    const char *meaning = *entry + name.n + 1;
    memcpy(text, meaning, strlen(meaning) + 1);
    return name.n + 2;
}

static bool is_allowed(uint32_t code)
{
    return code >= 0x20 ? code != 0x7F : code == '\t' || code == '\n' || code == '\r';
}

static size_t read_number(const char *s, size_t n, char text[HTML_ENTITY_SIZE])
{
    static const char digits[] = "0123456789abcdef";
    bool hex = n > 2 && (s[2] == 'x' || s[2] == 'X');
    size_t start = hex ? 3 : 2, end = start;
    uint32_t code = 0, base = hex ? 16 : 10;
    const char *digit;
    for (; end < n && (digit = memchr(digits, tolower((unsigned char)s[end]), base)); end++)
        if (code <= CODE_MAX)
            code = code * base + (uint32_t)(digit - digits);
    if (end == start)
        return 0;
    if (code >= 0x80 && code < 0x80 + sizeof windows / sizeof *windows)
        code = windows[code - 0x80];
    text[is_allowed(code) ? text_encode(code, text) : 0] = '\0';
    return end + (end < n && s[end] == ';');
}

static size_t read_entity(const char *s, size_t n, char text[HTML_ENTITY_SIZE])
{
    return n > 1 && s[1] == '#' ? read_number(s, n, text) : read_name(s, n, text);
}

struct html_slice html_decode(struct html_slice *rest, char room[HTML_ENTITY_SIZE])
{
    struct html_slice piece = *rest;
    size_t n = *piece.at == '&' ? read_entity(piece.at, piece.n, room) : 0;
    if (n) {
        piece = (struct html_slice){room, strlen(room)};
    } else {
        const char *next = memchr(piece.at + 1, '&', piece.n - 1);
        n = next ? (size_t)(next - piece.at) : piece.n;
        piece.n = n;
    }
    rest->at += n;
    rest->n -= n;
    return piece;
}
