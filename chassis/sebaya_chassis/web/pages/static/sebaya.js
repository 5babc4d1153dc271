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

// A part that another service tells of itself: when it does not answer, what stands there is old, and says so.
document.addEventListener("htmx:afterRequest", (event) => {
  const part = event.target.closest("[data-part]");
  if (part) part.classList.toggle("silent", !event.detail.successful && event.detail.xhr.status !== 304);
});
