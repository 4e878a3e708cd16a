// Says in the dialog of a room's page why the room does not start, and the way on.
//
// It is loaded before the page's own script, and works where that does not: its files may be gone
// since the server was updated, or the browser may be too old for it. A page whose files are gone
// loads itself anew once. window.name remembers that: storage may be forbidden.

(function () {
  var RELOADED = "xr: loaded again";
  var PATIENCE = 30000; // milliseconds, on the slowest lines
  var started = false;

  function tell(sentence) {
    if (started) return;
    var hint = document.querySelector(".arriving .hint");
    var buttons = document.querySelector(".arriving .buttons");
    if (!hint || !buttons) return document.addEventListener("DOMContentLoaded", function () { tell(sentence); });
    hint.textContent = sentence;
    buttons.textContent = "";
    var again = document.createElement("a");
    again.textContent = "Load again";
    again.href = location.href;
    again.className = "button";
    buttons.appendChild(again);
  }

  function missing() {
    if (started) return;
    if (window.name === RELOADED) {
      tell("A part of this page is missing on the server. Perhaps it is being updated: try again in a minute.");
      return;
    }
    window.name = RELOADED;
    location.reload();
  }

  // Errors of scripts that did not load do not bubble.
  window.addEventListener("error", function (event) {
    if (event.target && event.target.tagName === "SCRIPT") missing();
    else if (event.error) tell("The room could not be started: " + event.error.message + ".");
  }, true);
  window.addEventListener("vite:preloadError", missing);
  window.addEventListener("unhandledrejection", function (event) {
    var message = String((event.reason && event.reason.message) || event.reason);
    if (/import|module script/i.test(message)) missing();
    else tell("The room could not be started: " + message + ".");
  });
  document.addEventListener("xr:started", function () {
    started = true;
    if (window.name === RELOADED) window.name = "";
  });
  document.addEventListener("xr:failed", function (event) {
    tell(event.detail);
  });
  setTimeout(function () {
    tell("This takes unusually long. The network may be slow, or the browser too old to draw a room.");
  }, PATIENCE);
})();
