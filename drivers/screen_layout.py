"""A `Screen` as images of one display's size: what goes where.

From the top: where one is, whom it is about, what happened and what to do, how far the scan is,
what the buttons do. It is pure: the same screen gives the same images. A message that has no room
goes over several pages, whole; the patient's name and birth date stand on each of them. A name may
be shortened, a birth date and a message never.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image, ImageDraw

from drivers.screen_looks import BUTTONS, Colours, Look
from drivers.screen_text import Face
from hal.errors import Sentence
from hal.panel import Button, PatientShown, Screen

PAGES_MAX = 64
"""Four minutes of reading; the longest sentence, with a UID, on the smallest display: twelve."""


def pages(screen: Screen, look: Look, language: str) -> tuple[Image.Image, ...]:
    """At least one."""
    sheet = Sheet(screen, look, language)
    return tuple(sheet.drawn(number) for number in range(sheet.count))


@dataclass
class Sheet:
    """Everything that is the same on each page, measured."""

    screen: Screen
    look: Look
    language: str

    def __post_init__(self) -> None:
        look, screen = self.look, self.screen
        self._colours: Colours = look.stop if screen.stops else look.calm
        self._frame = look.margin + (look.margin if screen.stops else 0)
        self._width = look.size[0] - 2 * self._frame
        self._top = self._height(look.heading) + look.margin if self._has_heading else self._frame
        keys = key_lines(screen.keys, look, self.language, self._width)
        self._keys = keys
        rows = -(-len(Button) // look.key_columns) if look.key_columns else 1
        self._keys_px = rows * 2 * self._height(look.keys) if look.key_columns else 0
        if not look.key_columns:
            self._keys_px = self._height(look.keys)
        self._bottom = look.size[1] - self._frame - (self._keys_px if screen.keys else 0)
        if screen.progress is not None:
            self._bottom -= look.bar_px + 2
        self.messages = self._fold_message()
        """Lines by page."""

    @property
    def count(self) -> int:
        turns = len(self._keys) if not self.look.key_columns else 1
        return min(max(len(self.messages), turns, 1), PAGES_MAX)

    @property
    def _has_heading(self) -> bool:
        """Left out where the bar of a scan says the same and there is no room for both."""
        screen = self.screen
        if screen.progress is not None and screen.patient and not self.look.key_columns:
            return False
        return screen.heading is not None or screen.place is not None

    @property
    def _has_examination(self) -> bool:
        """Left out where the message needs the room more: always on a small display."""
        return bool(self.look.key_columns) and not self.screen.stops

    def _text(self, sentence: Sentence) -> str:
        return sentence.said(self.language)

    def _height(self, face: Face) -> int:
        return line_px(face) + self.look.leading

    def _fold_message(self) -> list[list[str]]:
        """The message's lines, in as many pages as its room asks for."""
        room = self._bottom - self._top - self._patient_px()
        text = self._text(self.screen.message)
        lines_max = 1
        for face in self.look.messages:
            self._message = face
            lines_max = max(1, room // self._height(face))
            lines = face.wrapped(text, self._width)
            if len(lines) <= lines_max:
                return [lines]
        lines = self._message.wrapped(text, self._width - self._dots_px)
        starts = range(0, len(lines), lines_max)
        return [lines[start : start + lines_max] for start in starts]

    @property
    def _dots_px(self) -> int:
        return 4 + self.look.margin

    def _patient_px(self) -> int:
        return sum(self._height(face) for face, _, _ in self._patient_lines())

    def _patient_lines(self) -> list[tuple[Face, str, bool]]:
        """Face, text, and whether it is quiet."""
        look, patient, lines = self.look, self.screen.patient, list[tuple[Face, str, bool]]()
        if patient is not None:
            lines.append((*self._named(patient.name), False))
            lines.append((look.details, self._who(patient), False))
        if self.screen.examination and self._has_examination:
            examination = look.details.shortened(self.screen.examination, self._width)
            lines.append((look.details, examination, True))
        return lines

    def _named(self, name: str) -> tuple[Face, str]:
        for face in self.look.names:
            if face.width(face.clean(name)) <= self._width:
                return face, face.clean(name)
        return self.look.names[-1], self.look.names[-1].shortened(name, self._width)

    def _who(self, patient: PatientShown) -> str:
        """The birth date first and whole; the number takes what is left."""
        face = self.look.details
        fixed = face.clean(f"{patient.birth_date}  {patient.sex}".rstrip())
        room = self._width - face.width(fixed + "  ")
        number = face.shortened(patient.patient_id, room) if patient.patient_id else ""
        return f"{fixed}  {number}" if len(number) > 1 else fixed

    def drawn(self, page: int) -> Image.Image:
        image = Image.new(self.look.mode, self.look.size, self._colours.ground)
        draw = ImageDraw.Draw(image)
        draw.fontmode = "1" if self.look.mode == "1" else "L"
        if self.screen.stops:
            draw.rectangle(
                (0, 0, self.look.size[0] - 1, self.look.size[1] - 1),
                outline=self._colours.heading_ground,
                width=self.look.margin,
            )
        self._draw_heading(draw)
        self._draw_text(draw, page)
        self._draw_progress(draw)
        self._draw_keys(draw, page)
        return image

    def _draw_heading(self, draw: ImageDraw.ImageDraw) -> None:
        if not self._has_heading:
            return
        look, colours, screen = self.look, self._colours, self.screen
        height = self._height(look.heading)
        draw.rectangle((0, 0, look.size[0] - 1, height), fill=colours.heading_ground)
        if colours.heading_ground == colours.ground:
            draw.line((0, height, look.size[0] - 1, height), fill=colours.text)
        place = f"{screen.place[0]}/{screen.place[1]}" if screen.place else ""
        right = look.size[0] - self._frame - look.heading.width(place)
        draw.text((right, 0), place, font=look.heading.font, fill=colours.heading)
        text = self._text(screen.heading) if screen.heading else ""
        heading = look.heading.shortened(text, right - self._frame - look.margin)
        draw.text((self._frame, 0), heading, font=look.heading.font, fill=colours.heading)

    def _draw_text(self, draw: ImageDraw.ImageDraw, page: int) -> None:
        y = self._top
        for face, text, quiet in self._patient_lines():
            colour = self._colours.quiet if quiet else self._colours.text
            draw.text((self._frame, y), text, font=face.font, fill=colour)
            y += self._height(face)
        if not self.messages:
            return
        folded = page % len(self.messages)
        if len(self.messages) > 1:
            self._draw_dots(draw, folded, y)
        for line in self.messages[folded]:
            draw.text((self._frame, y), line, font=self._message.font, fill=self._colours.text)
            y += self._height(self._message)

    def _draw_dots(self, draw: ImageDraw.ImageDraw, page: int, top: int) -> None:
        """One for each page at the right edge; the filled one is this."""
        x = self.look.size[0] - self._frame - 3
        step = min(8, max(4, (self._bottom - top) // len(self.messages)))
        for number in range(len(self.messages)):
            y = top + 2 + number * step
            fill = self._colours.text if number == page else None
            draw.rectangle((x, y, x + 2, y + 2), outline=self._colours.text, fill=fill)

    def _draw_progress(self, draw: ImageDraw.ImageDraw) -> None:
        if self.screen.progress is None:
            return
        left, right = self._frame, self.look.size[0] - self._frame - 1
        top = self._bottom + 1
        box = (left, top, right, top + self.look.bar_px - 1)
        draw.rectangle(box, outline=self._colours.text)
        done = min(max(self.screen.progress, 0.0), 1.0)
        if (filled := round((right - left - 4) * done)) > 0:
            inside = (left + 2, top + 2, left + 2 + filled, top + self.look.bar_px - 3)
            draw.rectangle(inside, fill=self._colours.bar)

    def _draw_keys(self, draw: ImageDraw.ImageDraw, page: int) -> None:
        if not self.screen.keys:
            return
        look, colours = self.look, self._colours
        top = look.size[1] - self._frame - self._keys_px
        if not look.key_columns:
            line = self._keys[page % len(self._keys)]
            draw.text((self._frame, top), line, font=look.keys.font, fill=colours.text)
            return
        self._draw_key_cells(draw, top)

    def _draw_key_cells(self, draw: ImageDraw.ImageDraw, top: int) -> None:
        """Each button always at its own place, in the order in which they are mounted."""
        look, colours, columns = self.look, self._colours, self.look.key_columns
        does, names = dict(self.screen.keys), BUTTONS[self.language]
        cell, half = self._width // columns, self._height(look.keys)
        draw.line((self._frame, top - 1, look.size[0] - self._frame, top - 1), fill=colours.quiet)
        for number, button in enumerate(Button):
            if button not in does:
                continue
            x = self._frame + number % columns * cell
            y = top + number // columns * 2 * half
            label = look.keys.shortened(self._text(does[button]), cell - look.margin)
            draw.text((x, y), names[button], font=look.keys.font, fill=colours.quiet)
            draw.text((x, y + half - 2), label, font=look.keys.font, fill=colours.text)


def key_lines(
    keys: Sequence[tuple[Button, Sentence]], look: Look, language: str, width: int
) -> list[str]:
    """Where there is no room for all of them: each in a line of its own, which take turns."""
    names = BUTTONS[language]
    texts = (does.said(language) for _, does in keys)
    pairs = zip(keys, texts, strict=True)
    return [look.keys.shortened(f"{names[button]}: {text}", width) for (button, _), text in pairs]


def line_px(face: Face) -> int:
    """From an accent on a capital to a descender."""
    left, top, right, bottom = face.font.getbbox("ÉÀÇgjpq|")
    return int(bottom) + (0 if right > left and top >= 0 else 1)
