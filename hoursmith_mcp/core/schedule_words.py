"""Rules as people say them: "monthly on the 1st", "every second friday", "yearly on 31 march".

Behind it may stand where it ends: "until 2027-06-30", "12 times". Programs may write RFC 5545.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Any, Final

from hoursmith_mcp.core.calendar_words import MONTH, MONTH_NUMBERS, WEEKDAY, WEEKDAY_NUMBERS, plain
from hoursmith_mcp.core.refusal import Refusal, quoted
from hoursmith_mcp.core.schedule_rrules import is_rrule, parse_rrule
from hoursmith_mcp.core.schedules import LAST, SHORTER, Frequency, Rule

_ORDINAL_WORDS: Final = {
    "other": "2nd",
    "first": "1st",
    "second": "2nd",
    "third": "3rd",
    "fourth": "4th",
}
_SAME: Final = {
    "each": "every",
    "bi-?weekly|fortnightly|every fortnight": "every 2 weeks",
    "half[- ]?yearly|semi-?annually|every half[- ]year": "every 6 months",
    "annually": "yearly",
}
_SUFFIX = "(?:st|nd|rd|th)"
# Before "of" is left out: "every 2nd of the month" is a day, "every 2nd month" leaves months out.
_STEP = rf"\bevery ([0-9]{{1,3}}){_SUFFIX} (month|quarter)\b"
_NUMBER = rf"(?P<number>[0-9]{{1,2}}){_SUFFIX}?"
_UNIT = "(?P<unit>day|week|month|quarter|year)"
_EVERY = rf"every(?: (?P<count>[0-9]{{1,3}}){_SUFFIX}?)?"
_WORD = "(?P<word>daily|weekly|monthly|quarterly|yearly)"
_ON = "(?: on)?(?: (?P<on>.+))?"
_HEADS: Final = (
    # "every 2nd friday of the month" names a day of each month, "every 2nd friday" skips weeks.
    rf"(?:on )?(?:every )?(?P<on>(?:[0-9]+{_SUFFIX}|last|end)(?: (?:{WEEKDAY}|day))?) "
    r"(?P<unit>month|quarter)",
    rf"(?:on )?(?P<on>.+?) {_EVERY} {_UNIT}s?",
    rf"{_EVERY} {_UNIT}s?{_ON}",
    rf"{_EVERY} (?P<on>{WEEKDAY})s?",
    rf"(?:on )?(?P<on>{WEEKDAY})s",
    rf"{_WORD}{_ON}",
)
_END = re.compile(
    r",? (?:(?:until|ending|up to)(?: on)? (?P<until>[0-9]{4}-[0-9]{2}-[0-9]{2})"
    r"|(?:for )?(?P<times>[0-9]{1,4}) times?)\b(?! (?:a|per|each|every|1) )",
    re.I,
)
_SEVERAL = (
    r".* (?:and|or|&) .*|.*\b(?:weekdays?|(?:work|business|working) days?|twice|"
    r"(?:semi|half)-?(?:weekly|monthly))\b.*"
)
_WORKING = r".*(?:1st|last|[0-9]+(?:st|nd|rd|th)) (?:weekday|(?:work|business|working) ?day)\b.*"
_STARTING = r".* (?:starting|beginning|from|as)\b.*"
_TIMED = r".* [0-9]{1,2}(?::[0-9]{2}| ?(?:am|pm|o'clock))\b.*|.* (?:noon|midnight)\b.*"
_OFTEN = (
    r".*\b(?:minutes?|hours?|seconds?|hourly|minutely|"
    r"(?:twice|[0-9]+ times) (?:1 |per )?(?:day|daily))\b.*"
)
_TWO_WAYS: Final = {
    "bi-?monthly": "every 2 months, or make two schedules for twice a month",
    "bi-?annual(?:ly)?|bi-?yearly": "every 6 months or every 2 years",
}
_FREQUENCIES: Final = {one.unit: one for one in Frequency}

_BY_WEEKDAY = rf"(?:(?P<ordinal>[0-9]){_SUFFIX}|(?P<last>last)) (?P<weekday>{WEEKDAY})s?"
_LAST_DAY = "last(?: day)?|end"
_DAYS_OF_MONTH: Final = (rf"{_NUMBER}(?: day)?", _BY_WEEKDAY, rf"(?P<end>{_LAST_DAY})")
_OF_MONTH = rf"(?P<month>{MONTH})"


def parse_rule(text: str) -> Rule:
    """Read a rule. Raises Refusal for other forms, and for rules that name no day or too many.

    Without a day it is the first Monday, or the 1st: "weekly", "monthly", "quarterly", "yearly".
    """
    if is_rrule(text):
        return parse_rrule(text)
    words, end = _split_end(text)
    phrase = _normal(words)
    if re.fullmatch(_OFTEN, phrase):
        raise Refusal(f"{quoted(text)} is more than once a day; once is the most, like every day.")
    for head in _HEADS:
        match = re.fullmatch(head, phrase)
        rule = _rule(match, end) if match is not None else None
        if rule is not None:
            return rule
    raise _unreadable(text, phrase)


def without_end(text: str) -> tuple[str, str]:
    """Split where a rule ends, ", 12 times" say, from the rest of what is said of it."""
    match = _END.search(text)
    return (text, "") if match is None else (text[: match.start()] + text[match.end() :], match[0])


def _split_end(text: str) -> tuple[str, dict[str, Any]]:
    words, end = without_end(text)
    match = _END.fullmatch(end)
    if match is None:
        return text, {}
    if _END.search(words):
        raise Refusal("Say once where it ends: until when, or how many times.")
    if match["times"]:
        return words, {"times": int(match["times"])}
    return words, {"until": parse_end(match["until"])}


def parse_end(text: str) -> date:
    """Read the last day of a rule, as 2027-06-30. Raises Refusal for anything else."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Refusal(f"There is no day {quoted(text)}; write it like 2027-06-30.") from None


def _normal(text: str) -> str:
    """Return a rule's words without those that change nothing, and ordinals in figures."""
    phrase = plain(text).replace(plain(SHORTER), "").replace(",", "")
    for words, meant in _SAME.items():
        phrase = re.sub(rf"\b(?:{words})\b", meant, phrase)
    for word, figure in _ORDINAL_WORDS.items():
        phrase = re.sub(rf"\b{word}\b", figure, phrase)
    phrase = re.sub(_STEP, r"every \1 \2s", phrase)
    phrase = re.sub(r"\b(?:the|of|in|at)\b", " ", phrase)
    return " ".join(phrase.split())


def _rule(match: re.Match[str], end: dict[str, Any]) -> Rule | None:
    found = match.groupdict()
    interval = int(found.get("count") or 1)
    on = (found.get("on") or "").removeprefix("on ").strip()
    if found.get("word"):
        frequency = Frequency(found["word"])
    elif found.get("unit"):
        frequency = _FREQUENCIES[found["unit"]]
    else:
        frequency = Frequency.WEEKLY
    parts = _parts(frequency, on)
    return None if parts is None else Rule(frequency, interval, **parts, **end)


def _parts(frequency: Frequency, on: str) -> dict[str, Any] | None:
    """Read what stands behind "on"; None for what no rule of that frequency says."""
    match frequency:
        case Frequency.DAILY:
            return None if on else {}
        case Frequency.WEEKLY:
            weekday = WEEKDAY_NUMBERS.get(on.removesuffix("s") or "monday")
            return None if weekday is None else {"weekday": weekday}
        case Frequency.YEARLY:
            return _day_of_year(on or "1 january")
        case _:
            return _day_of_month(re.sub(r" (?:month|quarter)$", "", on) or "1st")


def _day_of_month(on: str) -> dict[str, Any] | None:
    for form in _DAYS_OF_MONTH:
        match = re.fullmatch(form, on)
        if match is None:
            continue
        found = match.groupdict()
        if found.get("weekday"):
            ordinal = LAST if found["last"] else int(found["ordinal"])
            return {"weekday": WEEKDAY_NUMBERS[found["weekday"]], "ordinal": ordinal}
        return {"day": int(found["number"]) if found.get("number") else LAST}
    return None


def _day_of_year(on: str) -> dict[str, Any] | None:
    for form in (rf"(?P<day>.+?) {_OF_MONTH}", rf"{_OF_MONTH} (?P<day>.+)", rf"{_OF_MONTH}"):
        match = re.fullmatch(form, on)
        parts = _day_of_month(match.groupdict().get("day") or "1st") if match else None
        if match is not None and parts is not None:
            return {**parts, "month": MONTH_NUMBERS[match["month"]]}
    return None


def _unreadable(text: str, phrase: str) -> Refusal:
    for words, ways in _TWO_WAYS.items():
        if re.search(rf"\b(?:{words})\b", phrase):
            return Refusal(f"{quoted(text)} is said for two things; write {ways}.")
    if re.fullmatch(_TIMED, phrase):
        return Refusal(f"{quoted(text)} names a time of day; say that beside it, with at.")
    if re.fullmatch(_STARTING, phrase):
        return Refusal(f"{quoted(text)} names its first day; say that beside it, with starting.")
    if re.fullmatch(_WORKING, phrase):
        return Refusal(
            f"{quoted(text)} goes by working days, which depend on holidays; write the last friday "
            "or the last day."
        )
    if re.fullmatch(_SEVERAL, phrase):
        return Refusal(f"{quoted(text)} names several days; make a schedule for each of them.")
    return Refusal(
        f"{quoted(text)} is not a rule; write it like monthly on the 1st, monthly on the last "
        "friday, every second friday, quarterly on the 1st or yearly on 31 march; until 2027-06-30 "
        "or 12 times may stand behind it."
    )
