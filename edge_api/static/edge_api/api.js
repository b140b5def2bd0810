// The page of all operations: Scalar shows them, and sends requests as who is signed in above.

const TOKENS = "/api/auth/token/";
const RENEWED_BEFORE_S = 60;
const SAMPLES = ["shell/curl", "python/requests", "js/fetch", "go/native"];

const bar = document.getElementById("bar");
const form = document.getElementById("sign-in");
const told = document.getElementById("told");
const is = document.getElementById("signed-in");

// ── signing in, and staying so ──────────────────────────────────────────────────────────

let session = null;
let renewing;

async function post(path, body) {
  const response = await fetch(path, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
  const answer = response.status === 204 ? {} : await response.json();
  if (!response.ok) throw Object.assign(new Error(answer.detail), { code: answer.code });
  return answer;
}

/** Keeps a pair of tokens, and has it renewed before it expires; null signs out. */
function keep(username, tokens) {
  clearTimeout(renewing);
  session = tokens && { username, ...tokens };
  form.hidden = Boolean(session);
  is.hidden = !session;
  is.querySelector("b").textContent = session ? username : "";
  if (session) renewing = setTimeout(renew, (tokens.expires_in - RENEWED_BEFORE_S) * 1000);
}

async function renew() {
  try {
    keep(session.username, await post(`${TOKENS}refresh/`, { refresh_token: session.refresh_token }));
  } catch (error) {
    keep("", null);
    told.textContent = `Signed out: ${error.message}`;
  }
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  told.textContent = "";
  const { username, password, totp_code: code } = Object.fromEntries(new FormData(form));
  try {
    keep(username, await post(TOKENS, { username, password, ...(code && { totp_code: code }) }));
    form.reset();
    form.totp_code.hidden = true;
    document.getElementById("sign-out").focus();
  } catch (error) {
    told.textContent = error.message;
    form.totp_code.hidden = !error.code?.startsWith("TOTP_");
    (form.totp_code.hidden ? form.password : form.totp_code).focus();
  }
});

document.getElementById("sign-out").addEventListener("click", async () => {
  const { refresh_token: token } = session;
  keep("", null);
  form.username.focus();
  await post(`${TOKENS}revoke/`, { refresh_token: token }).catch((error) => { told.textContent = error.message; });
});

/** Sends a request as who is signed in, unless it has a token already: Scalar's may be empty. */
function send(input, options) {
  const request = new Request(input, options);
  if (session && !/^\S+ \S/.test(request.headers.get("Authorization") ?? "")) {
    request.headers.set("Authorization", `Bearer ${session.access_token}`);
  }
  return fetch(request);
}

// ── the operations ──────────────────────────────────────────────────────────────────────

const content = await (await fetch("/api/openapi.json")).json();
delete content.info.contact.url; // which Scalar shows as a link without a name

Scalar.createApiReference("#api", {
  content,
  customFetch: send,
  featuredClients: SAMPLES,
  defaultHttpClient: { targetKey: "shell", clientKey: "curl" },
  operationTitleSource: "summary",
  documentDownloadType: "json",
  withDefaultFonts: false,
  hideClientButton: true,
  hideDarkModeToggle: true,
  showDeveloperTools: "never",
  telemetry: false,
  agent: { disabled: true },
  mcp: { disabled: true },
});
