// Who is signed in on a page. Tokens are kept in its memory alone, and renewed by themselves.

const TOKENS = "/api/auth/token/";
const RENEWED_BEFORE_S = 60;

/** Sends JSON, and returns the response's. Throws what a problem says, with its `code`. */
export async function post(path, body) {
  const response = await fetch(path, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
  const answer = response.status === 204 ? {} : await response.json();
  if (!response.ok) throw Object.assign(new Error(answer.detail), { code: answer.code });
  return answer;
}

/** Signs in by a form with `username`, `password` and a `totp_code` that is shown if need be. */
export class Session {
  #tokens = null;
  #renewing;

  /** `changed` gets the name of who is signed in, or none; `failed` an error, null to clear it. */
  constructor(form, { changed, failed }) {
    this.form = form;
    this.changed = changed;
    this.failed = failed;
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#signIn();
    });
  }

  /** The access token of who is signed in, if anybody. */
  get token() {
    return this.#tokens?.access_token;
  }

  async end() {
    const { refresh_token } = this.#tokens;
    this.#keep("", null);
    this.form.username.focus();
    await post(`${TOKENS}revoke/`, { refresh_token }).catch(this.failed);
  }

  async #signIn() {
    const { form } = this;
    this.failed(null);
    const { username, password, totp_code: code } = Object.fromEntries(new FormData(form));
    const login = { [username.includes("@") ? "email" : "username"]: username };
    try {
      this.#keep(username, await post(TOKENS, { ...login, password, ...(code && { totp_code: code }) }));
      form.reset();
      form.totp_code.hidden = true;
    } catch (error) {
      form.totp_code.hidden = !error.code?.startsWith("TOTP_");
      this.failed(error);
      (form.totp_code.hidden ? form.password : form.totp_code).focus();
    }
  }

  #keep(username, tokens) {
    clearTimeout(this.#renewing);
    this.#tokens = tokens;
    if (tokens) {
      const renew = () => this.#renew(username);
      this.#renewing = setTimeout(renew, (tokens.expires_in - RENEWED_BEFORE_S) * 1000);
    }
    this.changed(username);
  }

  async #renew(username) {
    try {
      const { refresh_token } = this.#tokens;
      this.#keep(username, await post(`${TOKENS}refresh/`, { refresh_token }));
    } catch (error) {
      this.#keep("", null);
      this.failed(error);
    }
  }
}
