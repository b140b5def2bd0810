// The pages that mails link to: verify an address, set a new password, see an order.
// A token comes in the fragment, which browsers put in no request, log or Referer.

import { Session, post } from "/api/docs/static/edge_api/session.js";

const TEXTS = {
  en: {
    verify: "Verify your address",
    verified: "Your address is verified. You can close this page.",
    reset: "Set a new password",
    newPassword: "New password",
    passwordRule: "At least 10 characters.",
    setPassword: "Set it",
    set: "Your new password is set. You can sign in with it.",
    order: "Order",
    signInFirst: "Sign in to see your order.",
    username: "Name or e-mail address",
    password: "Password",
    code: "Code of your authenticator",
    signIn: "Sign in",
    signOut: "Sign out",
    item: "Item",
    amount: "Amount",
    each: (price) => `${price} each`,
    total: "Total",
    refunded: "Refunded",
    wait: "One moment …",
    incomplete: "This link is incomplete. Open it from the mail once more.",
    away: "The shop does not respond. Try again in a moment.",
    PENDING: ["pending", "We are waiting for your payment."],
    CONFIRMED: ["confirmed", "Your payment arrived. We are getting your order ready."],
    FULFILLED: ["on its way", "Your order is on its way to you."],
    CANCELLING: ["being cancelled", "Your order is being cancelled."],
    CANCELLED: ["cancelled", "Your order was cancelled. Nothing was charged."],
    REFUNDED: ["refunded", "Your order was cancelled. What you paid is on its way back to you."],
    MAILED_TOKEN_INVALID: "This link has expired or was used before. Ask for another mail.",
    PASSWORD_TOO_WEAK: "This password is too easy to guess.",
    CREDENTIALS_INVALID: "The name or the password is wrong.",
    TOTP_REQUIRED: "Your account asks for a code of your authenticator too.",
    TOTP_CODE_INVALID: "The code is wrong or too old.",
    LOGIN_THROTTLED: "Too many tries were wrong. Wait a moment.",
    ORDER_NOT_FOUND: "This account has no such order.",
  },
  de: {
    verify: "Adresse bestätigen",
    verified: "Deine Adresse ist bestätigt. Du kannst diese Seite schließen.",
    reset: "Neues Passwort setzen",
    newPassword: "Neues Passwort",
    passwordRule: "Mindestens 10 Zeichen.",
    setPassword: "Setzen",
    set: "Dein neues Passwort ist gesetzt. Du kannst dich damit anmelden.",
    order: "Bestellung",
    signInFirst: "Melde dich an, um deine Bestellung zu sehen.",
    username: "Name oder E-Mail-Adresse",
    password: "Passwort",
    code: "Code deiner Authenticator-App",
    signIn: "Anmelden",
    signOut: "Abmelden",
    item: "Artikel",
    amount: "Betrag",
    each: (price) => `je ${price}`,
    total: "Gesamtbetrag",
    refunded: "Erstattet",
    wait: "Einen Moment …",
    incomplete: "Dieser Link ist unvollständig. Öffne ihn noch einmal aus der E-Mail.",
    away: "Der Shop antwortet nicht. Versuche es gleich noch einmal.",
    PENDING: ["offen", "Wir warten auf deine Zahlung."],
    CONFIRMED: ["bestätigt", "Deine Zahlung ist eingegangen. Wir machen deine Bestellung fertig."],
    FULFILLED: ["unterwegs", "Deine Bestellung ist auf dem Weg zu dir."],
    CANCELLING: ["wird storniert", "Deine Bestellung wird storniert."],
    CANCELLED: ["storniert", "Deine Bestellung wurde storniert. Dir wurde nichts berechnet."],
    REFUNDED: ["erstattet", "Deine Bestellung wurde storniert. Was du bezahlt hast, ist auf dem Weg zurück zu dir."],
    MAILED_TOKEN_INVALID: "Dieser Link ist abgelaufen oder wurde schon benutzt. Fordere eine neue E-Mail an.",
    PASSWORD_TOO_WEAK: "Dieses Passwort ist zu leicht zu erraten.",
    CREDENTIALS_INVALID: "Name oder Passwort ist falsch.",
    TOTP_REQUIRED: "Dein Konto verlangt auch einen Code deiner Authenticator-App.",
    TOTP_CODE_INVALID: "Der Code ist falsch oder zu alt.",
    LOGIN_THROTTLED: "Zu viele falsche Versuche. Warte einen Moment.",
    ORDER_NOT_FOUND: "Dieses Konto hat keine solche Bestellung.",
  },
};
const LOOKS = { CONFIRMED: "good", FULFILLED: "good", CANCELLED: "bad" };

const locale = navigator.language;
const language = locale.startsWith("de") ? "de" : "en";
const text = TEXTS[language];
const at = (id) => document.getElementById(id);

function tell(said) {
  at("told").textContent = said;
}

/** Says what went wrong: a problem of the API by its code, if there are words for it. */
function fail(error) {
  if (error) tell(text[error.code] ?? (error.code ? error.message : text.away));
  else tell("");
}

function named(title) {
  at("title").textContent = document.title = title;
}

/** Returns a token from the address, which it is taken out of: it stays in no history. */
function token() {
  const found = new URLSearchParams(location.hash.slice(1)).get("token");
  history.replaceState(null, "", location.pathname);
  if (!found) tell(text.incomplete);
  return found;
}

async function redeem(path, body, done) {
  tell(text.wait);
  try {
    await post(path, body);
    tell(done);
    return true;
  } catch (error) {
    fail(error);
    return false;
  }
}

function verify() {
  named(text.verify);
  const taken = token();
  if (taken) redeem("/api/auth/email/verify/", { token: taken }, text.verified);
}

function reset() {
  named(text.reset);
  const taken = token(), form = at("new-password");
  form.hidden = !taken;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const body = { token: taken, password: form.password.value };
    form.hidden = await redeem("/api/auth/password/confirm/", body, text.set);
  });
}

function seeOrder(id) {
  named(`${text.order} ${id.slice(0, 8)}…${id.slice(-4)}`);
  const form = at("sign-in");
  const session = new Session(form, {
    changed(username) {
      form.hidden = Boolean(username);
      if (username) load(id, session.token);
      else at("order").hidden = true;
    },
    failed: fail,
  });
  at("sign-out").addEventListener("click", () => session.end());
  form.hidden = false;
}

async function load(id, accessToken) {
  try {
    const headers = { Authorization: `Bearer ${accessToken}` };
    const response = await fetch(`/api/orders/${id}/`, { headers });
    const answer = await response.json();
    if (response.ok) show(answer);
    else fail({ code: answer.code, message: answer.detail });
  } catch (error) {
    fail(error);
  }
}

function show(order) {
  const state = order.state.replace("ORDER_STATE_", "");
  const [name, meaning] = text[state] ?? [state.toLowerCase(), ""];
  at("state").textContent = name;
  at("state").className = `badge ${LOOKS[state] ?? "warn"}`;
  at("meaning").textContent = meaning;
  const ordered = new Date(order.create_time);
  at("date").textContent = new Intl.DateTimeFormat(locale, { dateStyle: "long" }).format(ordered);
  at("id").textContent = order.id;
  at("items").replaceChildren(...order.items.map(line));
  const sums = [row("th", text.total, money(order.total))];
  if (units(order.refunded_amount)) sums.push(row("th", text.refunded, money(order.refunded_amount)));
  at("sums").replaceChildren(...sums);
  at("order").hidden = false;
}

function line({ title, quantity, unit_price: price }) {
  const all = { currency_code: price.currency_code, units: units(price) * quantity };
  const each = quantity > 1 ? ` (${text.each(money(price))})` : "";
  return row("td", `${quantity} × ${title}${each}`, money(all));
}

function row(kind, told, amount) {
  const first = document.createElement(kind), last = document.createElement("td");
  if (kind === "th") first.scope = "row";
  first.textContent = told;
  last.textContent = amount;
  const made = document.createElement("tr");
  made.append(first, last);
  return made;
}

const units = (amount) => Number(amount?.units ?? 0) + (amount?.nanos ?? 0) / 1e9;

function money(amount) {
  const style = { style: "currency", currency: amount.currency_code };
  return new Intl.NumberFormat(locale, style).format(units(amount));
}

document.documentElement.lang = language;
for (const element of document.querySelectorAll("[data-text]")) {
  element.textContent = text[element.dataset.text];
}
const [, page, id] = location.pathname.split("/").filter(Boolean);
({ "verify-email": verify, "reset-password": reset, orders: seeOrder })[page](id);
