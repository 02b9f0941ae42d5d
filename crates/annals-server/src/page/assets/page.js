// The three things of the page that are live: new events, the numbers of the last hour, and a verification that runs.
//
// Nothing is built here: the server sends markup that it has rendered and escaped as it renders the page, and this script puts it where it belongs. What it writes itself is text.
"use strict";

(() => {
  const MOST_ROWS = 200;
  const TELL_EVERY_MS = 5000;

  // Rendered by the server, and escaped there.
  const put = (element, markup) => {
    element.replaceChildren();
    element.insertAdjacentHTML("beforeend", markup);
  };

  const live = (place) => {
    const rows = document.getElementById("rows");
    const pulse = document.getElementById("pulse");
    const told = place.querySelector("[data-told]");
    const button = place.querySelector("[data-pause]");
    let source = null;
    let next = Number(new URL(place.dataset.live, location.href).searchParams.get("from"));
    let nNew = 0;
    let timer = null;

    // At most one sentence in some seconds, so that a screen reader keeps up.
    const tell = () => {
      if (timer !== null) return;
      const say = () => {
        timer = null;
        if (nNew === 0) return;
        told.textContent = nNew === 1 ? "1 new event" : `${nNew} new events`;
        nNew = 0;
        timer = setTimeout(say, TELL_EVERY_MS);
      };
      say();
    };

    const open = () => {
      source = new EventSource(`/live?from=${next}`);
      source.addEventListener("row", (message) => {
        const seq = Number(message.lastEventId);
        if (seq < next) return;
        next = seq + 1;
        document.querySelector("main .empty")?.remove();
        rows.insertAdjacentHTML("afterbegin", message.data);
        rows.firstElementChild.classList.add("new");
        while (rows.childElementCount > MOST_ROWS) rows.lastElementChild.remove();
        nNew += 1;
        tell();
      });
      source.addEventListener("pulse", (message) => put(pulse, message.data));
      source.addEventListener("open", () => place.classList.add("on"));
      source.addEventListener("error", () => place.classList.remove("on"));
    };

    button.hidden = false;
    button.addEventListener("click", () => {
      const isPaused = source === null;
      button.setAttribute("aria-pressed", String(!isPaused));
      button.textContent = isPaused ? "Pause" : "Go on";
      if (isPaused) {
        told.textContent = "";
        open();
      } else {
        source.close();
        source = null;
        place.classList.remove("on");
        told.textContent = "Paused";
      }
    });
    open();
  };

  const verification = (form) => {
    const button = form.querySelector("button");
    const place = document.querySelector("[data-progress]");
    const told = document.querySelector("[data-told]");
    let isRunning = false;

    const watch = () => {
      isRunning = true;
      button.disabled = false;
      button.setAttribute("aria-disabled", "true");
      const source = new EventSource(place.dataset.progress);
      source.addEventListener("progress", (message) => put(place, message.data));
      source.addEventListener("done", (message) => {
        source.close();
        put(place, message.data);
        told.textContent = place.querySelector(".verdict")?.textContent ?? "";
        isRunning = false;
        button.removeAttribute("aria-disabled");
      });
    };

    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      if (isRunning) return;
      isRunning = true;
      const answer = await fetch(form.action, { method: "POST", redirect: "manual" });
      // What refuses is told by the page that a browser without this script would get.
      if (answer.type === "opaqueredirect") watch();
      else form.submit();
    });
    if ("running" in place.dataset) watch();
  };

  const place = document.querySelector("[data-live]");
  if (place) live(place);
  const form = document.querySelector("[data-verify]");
  if (form) verification(form);
})();
