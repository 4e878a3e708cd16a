// Renews the parts of the operator's page, but none in which somebody has opened or begun something.

const EVERY = 5000;
let before = "";

function isInUse(part) {
  return part.contains(document.activeElement) || part.querySelector("details[open]") !== null;
}

function renew(text) {
  const fresh = new DOMParser().parseFromString(text, "text/html");
  for (const part of document.querySelectorAll("[data-part]")) {
    const next = fresh.getElementById(part.id);
    if (next && !isInUse(part) && next.outerHTML !== part.outerHTML) part.replaceWith(next);
  }
}

async function look() {
  const answer = await fetch(new URL("../admin/live", import.meta.url), { cache: "no-cache" });
  if (answer.status === 403) location.assign(new URL("../admin", import.meta.url)); // signed out
  const text = answer.ok ? await answer.text() : before;
  if (text !== before) renew(text);
  before = text;
}

setInterval(() => {
  // The server may be away for a moment; the next look finds it.
  if (!document.hidden) look().catch(() => undefined);
}, EVERY);
