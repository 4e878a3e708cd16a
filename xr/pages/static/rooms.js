// Keeps the counts of the list fresh while somebody looks at it, and suggests names for new rooms.
// Without it the page works as well.
//
// It asks again every few seconds, and not by a stream: the answer to an unchanged list is an empty
// 304 from memory, while a stream would hold a connection and a task of the server for each page.

const EVERY = 5000; // milliseconds
let timer;
let etag = "";

function show(badge, count) {
  if (badge.dataset.present === String(count)) return;
  badge.dataset.present = String(count);
  badge.textContent = count > 0 ? `${count} here` : "empty";
}

async function refresh() {
  clearTimeout(timer);
  if (document.hidden) return; // visibilitychange starts it again
  try {
    const address = new URL("../api/rooms", import.meta.url); // below a path, too
    const answer = await fetch(address, { cache: "no-store", headers: etag ? { "If-None-Match": etag } : {} });
    if (answer.ok) {
      etag = answer.headers.get("ETag") ?? "";
      const counts = new Map((await answer.json()).map((room) => [room.id, room.present]));
      for (const item of document.querySelectorAll("[data-room]")) {
        show(item.querySelector("[data-present]"), counts.get(item.dataset.room) ?? 0);
      }
    }
  } catch {
    // The server restarts or the network is away: the next round asks again.
  }
  clearTimeout(timer);
  timer = setTimeout(refresh, EVERY);
}

// A visitor who has just made a room is one key away from it: the list has it on top.
const MADE = "xr: made a room";
const form = document.getElementById("new-room");
form?.addEventListener("submit", () => (window.name = MADE));
if (window.name === MADE) {
  window.name = "";
  if (!form?.querySelector("[aria-invalid]")) document.querySelector(".rooms .enter")?.focus();
}

const MANNERS = "Amber,Bright,Calm,Copper,Dancing,Early,Floating,Gentle,Golden,Green,Hidden,Little,Misty,Northern,Open,Quiet,Rainy,Silver,Slow,Sunny,Velvet,Warm,Wide,Windy";
const PLACES = "Arcade,Balcony,Bay,Bridge,Clearing,Corner,Courtyard,Garden,Grove,Hall,Harbour,Hill,House,Island,Library,Meadow,Orchard,Pavilion,Square,Studio,Terrace,Theatre,Valley,Workshop";

function pick(words) {
  const all = words.split(",");
  return all[Math.floor(Math.random() * all.length)];
}

const suggestion = document.querySelector(".suggestion");
if (suggestion) {
  suggestion.hidden = false;
  suggestion.querySelector("button").addEventListener("click", () => {
    const field = form.elements.namedItem("name");
    field.value = `${pick(MANNERS)} ${pick(PLACES)}`;
    field.focus();
  });
}

document.addEventListener("visibilitychange", refresh);
addEventListener("pageshow", (event) => event.persisted && refresh());
timer = setTimeout(refresh, EVERY);
