// Drives `zachin serve` with OpenAI's official Node client: node node.mjs URL TOKEN, where node_modules has openai.
import assert from "node:assert";
import OpenAI from "openai";
import { VERSION } from "openai/version";

const [baseURL, apiKey] = process.argv.slice(2);
const client = new OpenAI({ baseURL, apiKey });
const greedy = { model: "demo", prompt: "Мама мыла", max_tokens: 8, temperature: 0 };

const models = [];
for await (const model of client.models.list()) models.push(model.id);
assert.deepEqual(models, ["demo"]);

const whole = await client.completions.create(greedy);
const echoed = await client.completions.create({ ...greedy, echo: true, logprobs: 2 });
assert.equal(echoed.choices[0].text, greedy.prompt + whole.choices[0].text);
assert.equal(echoed.choices[0].logprobs.token_logprobs[0], null);

let streamed = "";
for await (const event of await client.completions.create({ ...greedy, stream: true })) streamed += event.choices[0].text;
assert.equal(streamed, whole.choices[0].text);

const several = await client.completions.create({ model: "demo", prompt: ["Ночь", "День"], n: 2, best_of: 3, seed: 5, max_tokens: 4, stop: ["."] });
assert.deepEqual(several.choices.map((choice) => choice.index), [0, 1, 2, 3]);

await assert.rejects(client.completions.create({ ...greedy, model: "gpt-4" }), OpenAI.NotFoundError);
await assert.rejects(client.completions.create({ ...greedy, temperature: -1 }), OpenAI.BadRequestError);
await assert.rejects(new OpenAI({ baseURL, apiKey: "wrong", maxRetries: 0 }).models.list(), OpenAI.AuthenticationError);

// A stream that is left early leaves the model to the next request.
let events = 0;
const long = await client.completions.create({ ...greedy, max_tokens: 1500, stream: true });
for await (const _ of long) if (++events === 3) break;
assert.equal((await client.completions.create({ ...greedy, max_tokens: 1 })).choices.length, 1);

console.log("openai for Node", VERSION, "works");
