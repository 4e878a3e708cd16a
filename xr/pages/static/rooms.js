// Keeps the counts of the list fresh while somebody looks at it, and suggests names for new rooms.
// Without it the page works as well.
//
// The counts come as a small stream. Where none is to be had, since the server has enough of them or
// something on the way holds it up, the list is asked for every few seconds instead: the answer to an
// unchanged one is an empty 304 from memory.

const EVERY = 5000; // milliseconds
const QUIET = 10000; // milliseconds in which a stream has to begin
let timer;
let stream;
let streams = "EventSource" in window; // false once there was none
let etag = "";

function show(badge, count) {
  if (badge.dataset.present === String(count)) return;
  badge.dataset.present = String(count);
  badge.textContent = count > 0 ? `${count} here` : "empty";
}

function listen() {
  stream = new EventSource(new URL("../api/rooms/counts", import.meta.url)); // below a path, too
  timer = setTimeout(giveUp, QUIET);
  let anew = true; // the first event of a stream has all that are not empty
  stream.addEventListener("open", () => {
    clearTimeout(timer);
    anew = true;
  });
  stream.addEventListener("message", ({ data }) => {
    const counts = JSON.parse(data);
    for (const item of document.querySelectorAll("[data-room]")) {
      const count = counts[item.dataset.room] ?? (anew ? 0 : undefined);
      if (count !== undefined) show(item.querySelector("[data-present]"), count);
    }
    anew = false;
  });
  stream.addEventListener("error", () => {
    if (stream?.readyState === EventSource.CLOSED) giveUp(); // else it comes back by itself
  });
}

function giveUp() {
  streams = false;
  refresh();
}

async function refresh() {
  clearTimeout(timer);
  stream?.close();
  stream = undefined;
  if (document.hidden) return; // visibilitychange starts it again
  if (streams) {
    listen();
    return;
  }
  try {
    const address = new URL("../api/rooms", import.meta.url);
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
refresh();
