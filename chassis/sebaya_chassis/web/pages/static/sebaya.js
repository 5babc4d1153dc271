// What a page does better with a script. Without one every page works all the same.
"use strict";

// What was sent stays out of the browser's history: going back, or reloading, asks for the page and does not send the words again.
history.replaceState(null, "", location.href);

// Leave at once: the page is replaced, so that Back does not bring it here again, and the server forgets the browser meanwhile.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.matches("[data-leave]")) return;
  event.preventDefault();
  fetch(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)), keepalive: true, redirect: "manual" });
  document.documentElement.hidden = true;
  location.replace(form.dataset.leave);
});

// A second tap on a button that is at work is not a second request.
document.addEventListener("submit", (event) => {
  if (event.defaultPrevented) return;
  const form = event.target;
  if (form.dataset.sent) event.preventDefault();
  form.dataset.sent = "yes";
});
window.addEventListener("pageshow", () => document.querySelectorAll("form[data-sent]").forEach((form) => delete form.dataset.sent));

// A live part whose answer is late, or fails, says so.
const LATE_AFTER = 15000;
let heard = Date.now();
document.addEventListener("htmx:afterRequest", (event) => {
  if (event.detail.successful || event.detail.xhr.status === 304) heard = Date.now();
});
setInterval(() => document.documentElement.classList.toggle("late", Boolean(document.querySelector("[data-live]")) && Date.now() - heard > LATE_AFTER), 1000);

// What has changed in a live part is said aloud by a region that stays: one that is itself replaced is read by no screen reader.
const says = () => document.querySelector("[data-says]")?.dataset.says;
let said = says();
document.addEventListener("htmx:afterSwap", () => {
  const region = document.getElementById("said");
  if (region && says() !== said) region.textContent = said = says();
});

// How many alerts wait stands in the title; what is new is heard, where the sound was switched on (a browser lets no page sound by itself).
const queue = () => document.querySelector("[data-waiting]")?.dataset;
const title = document.title;
let alerts = new Set(queue()?.alerts.split(" "));
let audio;
const count = () => {
  if (queue()) document.title = queue().waiting === "0" ? title : `(${queue().waiting}) ${title}`;
};
const sound = () => {
  const tone = new OscillatorNode(audio, { frequency: 880 });
  tone.connect(new GainNode(audio, { gain: 0.2 })).connect(audio.destination);
  tone.start();
  tone.stop(audio.currentTime + 0.4);
};
count();
document.addEventListener("htmx:afterSwap", () => {
  count();
  const now = new Set(queue()?.alerts.split(" "));
  if (audio && [...now].some((alert) => !alerts.has(alert))) sound();
  alerts = now;
});
document.querySelectorAll("[data-sound]").forEach((button) => {
  button.hidden = false;
  button.addEventListener("click", () => {
    if (audio) audio.close();
    audio = audio ? undefined : new AudioContext();
    button.setAttribute("aria-pressed", String(Boolean(audio)));
    if (audio) sound();
  });
});

// A part that another service tells of itself: when it does not answer, what stands there is old, and says so.
document.addEventListener("htmx:afterRequest", (event) => {
  const part = event.target.closest("[data-part]");
  if (part) part.classList.toggle("silent", !event.detail.successful && event.detail.xhr.status !== 304);
});
