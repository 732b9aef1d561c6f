"""Sentences in both languages."""

import pickle

from hal.errors import Sentence, StorageFailed

NOT_SENT = Sentence(en="{uid} was not sent: {why}", fr="{uid} n'a pas été envoyée : {why}")


def test_a_sentence_within_a_sentence_stands_in_each_language_as_itself() -> None:
    away = Sentence(en="{archive} is away", fr="{archive} est absente").fill(archive="LILLE")
    said = NOT_SENT.fill(uid="1.2.3", why=away)
    assert said.en == "1.2.3 was not sent: LILLE is away"
    assert said.fr == "1.2.3 n'a pas été envoyée : LILLE est absente"


def test_braces_in_what_is_filled_in_are_text() -> None:
    assert NOT_SENT.fill(uid="{why}", why="{uid}").fr == "{why} n'a pas été envoyée : {uid}"


def test_an_error_crosses_to_another_process_whole() -> None:
    error = StorageFailed(Sentence("full", "plein"))
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is StorageFailed
    assert again.sentence == error.sentence
    assert str(again) == "full"
