// The pages that mails link to: they send the API the token in their fragment.
const PAGES = {
  "verify-email": {
    title: "Verify your address",
    api: "/api/auth/email/verify/",
    done: "Your address is verified. You can close this page.",
  },
  "reset-password": {
    title: "Set a new password",
    api: "/api/auth/password/confirm/",
    done: "Your new password is set. You can sign in with it.",
  },
};
const name = location.pathname.split("/").pop(), page = PAGES[name];
const token = new URLSearchParams(location.hash.slice(1)).get("token") ?? "";
const told = document.getElementById("told"), form = document.querySelector("form");

/** Sends the token, and says what came of it. */
async function send(more = {}) {
  told.textContent = "One moment …";
  try {
    const response = await fetch(page.api, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ token, ...more }),
    });
    if (response.ok) form.hidden = true;
    told.textContent = response.ok ? page.done : (await response.json()).detail;
  } catch {
    told.textContent = "The API does not respond. Try again in a moment.";
  }
}

history.replaceState(null, "", location.pathname); // no token stays in the history
document.getElementById("title").textContent = document.title = page.title;
form.addEventListener("submit", (event) => {
  event.preventDefault();
  send({ password: form.elements.password.value });
});
if (name === "verify-email") send();
else form.hidden = false;
