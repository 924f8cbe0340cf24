"""Drives `zachin serve` with OpenAI's official Python client: python.py URL TOKEN."""

import asyncio
import sys

import openai

url, token = sys.argv[1:]
client = openai.OpenAI(base_url=url, api_key=token)
complete = client.completions.create
greedy = {"model": "demo", "prompt": "Мама мыла", "max_tokens": 8, "temperature": 0}

assert [m.id for m in client.models.list()] == ["demo"] and client.models.retrieve("demo").id == "demo"

whole = complete(**greedy)
assert whole.choices[0].finish_reason == "length" and whole.usage.completion_tokens == 8
assert "".join(event.choices[0].text for event in complete(**greedy, stream=True)) == whole.choices[0].text

choice = complete(**greedy, echo=True, logprobs=3).choices[0]
assert choice.text == "Мама мыла" + whole.choices[0].text
log = choice.logprobs
assert log.token_logprobs[0] is None and len(log.tokens) == len(log.token_logprobs) == len(log.top_logprobs)
for text, offset in zip(log.tokens, log.text_offset, strict=True):
    assert choice.text[offset : offset + len(text)] == text, (text, offset)

several = complete(model="demo", prompt=["Ночь", "День"], max_tokens=4, n=2, best_of=3, seed=5, stop=["\n", "."])
assert [c.index for c in several.choices] == [0, 1, 2, 3]
seeded = {"model": "demo", "prompt": "Ночь", "max_tokens": 6, "seed": 5}
assert complete(**seeded).choices[0].text == complete(**seeded).choices[0].text
events = list(complete(**seeded, n=2, stream=True, logprobs=1, stream_options={"include_usage": True}))
assert events[-1].usage.completion_tokens == 12

for wrong, kind in [
    ({"model": "gpt-4"}, openai.NotFoundError),
    ({"temperature": -1}, openai.BadRequestError),
    ({"logprobs": 99}, openai.BadRequestError),
]:
    try:
        complete(**{**greedy, **wrong})
    except kind:
        continue
    raise AssertionError(wrong)
try:
    openai.OpenAI(base_url=url, api_key="wrong", max_retries=0).models.list()
    raise AssertionError("a wrong token")
except openai.AuthenticationError:
    pass


async def many():
    together = openai.AsyncOpenAI(base_url=url, api_key=token)
    answers = await asyncio.gather(*[together.completions.create(model="demo", prompt=f"{i}", max_tokens=3) for i in range(40)])
    assert len(answers) == 40


asyncio.run(many())
print("openai for Python", openai.__version__, "works")
