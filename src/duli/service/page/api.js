// The server, as the page sees it: one function, one error.

let token = sessionStorage.getItem("duli-token") || "";

/** Take the token from the address (#token=…), where it never reaches a server, and hide it there. */
export function takeToken() {
  const found = location.hash.match(/^#token=([^&]+)/);
  if (!found) return;
  setToken(decodeURIComponent(found[1]));
  history.replaceState(null, "", location.pathname + "#/");
}

export function setToken(value) {
  token = value.trim();
  sessionStorage.setItem("duli-token", token);
}

export const hasToken = () => token !== "";

/** An error as the server tells it: code, message, where, hint. */
export class Told extends Error {
  constructor(error, status) {
    super(error.message);
    Object.assign(this, { code: error.code, where: error.where, hint: error.hint, status });
  }
}

async function send(method, path, body, signal, accept = "application/json") {
  let answer;
  try {
    answer = await fetch(path, {
      method,
      signal,
      headers: { authorization: `Bearer ${token}`, accept, ...(body ? { "content-type": "application/json" } : {}) },
      body: body ? JSON.stringify(body) : undefined,
    });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Told({ code: "offline", message: error.message });
  }
  if (answer.ok) return answer;
  const told = await answer.json().catch(() => ({}));
  throw new Told(told.error || { code: "http", message: answer.statusText }, answer.status);
}

export async function get(path, signal) {
  return (await send("GET", path, null, signal)).json();
}

export async function post(path, body, signal) {
  return (await send("POST", path, body, signal)).json();
}

/** Ask, and be told of progress: server-sent events, of which the last is the answer. */
export async function ask(recipe, body, onProgress, signal) {
  const path = `/v1/${encodeURIComponent(recipe)}/ask`;
  const answer = await send("POST", path, { ...body, stream: true }, signal, "text/event-stream");
  let found = null;
  for await (const { name, value } of events(answer.body)) {
    if (name === "progress") onProgress(value);
    else if (name === "answer") found = value;
    else if (name === "error") throw new Told(value.error, 200);
  }
  if (!found) throw new Told({ code: "cut", message: "the answer was cut off" });
  return found;
}

async function* events(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    text += value;
    const parts = text.split("\n\n");
    text = parts.pop();
    for (const part of parts) {
      const name = part.match(/^event: (.*)$/m);
      const data = [...part.matchAll(/^data: ?(.*)$/gm)].map((line) => line[1]).join("\n");
      if (name && data) yield { name: name[1], value: JSON.parse(data) };
    }
  }
}
