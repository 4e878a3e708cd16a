// Keeps the counts of the list fresh while somebody looks at it. Without it the page works as well.

const EVERY = 5000; // milliseconds
let timer;

function show(badge, count) {
  if (badge.dataset.present === String(count)) return;
  badge.dataset.present = String(count);
  badge.textContent = count > 0 ? `${count} here` : "empty";
}

async function refresh() {
  clearTimeout(timer);
  if (document.hidden) return; // visibilitychange starts it again
  try {
    const answer = await fetch("/api/rooms", { cache: "no-store" });
    if (answer.ok) {
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

// Who has just made a room is one key away from it: the list has it on top.
const MADE = "xr: made a room";
const form = document.getElementById("new-room");
form?.addEventListener("submit", () => (window.name = MADE));
if (window.name === MADE) {
  window.name = "";
  if (!form?.querySelector("[aria-invalid]")) document.querySelector(".rooms .enter")?.focus();
}

document.addEventListener("visibilitychange", refresh);
addEventListener("pageshow", (event) => event.persisted && refresh());
timer = setTimeout(refresh, EVERY);
