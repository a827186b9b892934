"use strict";
(() => {
  const all = [...document.querySelectorAll(".entry, .list .row")];
  const boxes = [...document.querySelectorAll(".box")];
  const tiles = [...document.querySelectorAll(".tile")];
  const selects = [...document.querySelectorAll("select")];
  const id = (name) => document.getElementById(name);
  const filter = id("filter");
  const texts = new Map();

  const textOf = (element) => {
    if (!texts.has(element)) texts.set(element, element.textContent.toLowerCase());
    return texts.get(element);
  };
  const count = (number) => number.toLocaleString("en");

  const fits = (element, search, pressed) =>
    (!pressed.length || pressed.some((tile) => element.dataset[tile.dataset.by] === tile.dataset.value)) &&
    selects.every((select) => !select.value || element.dataset[select.dataset.by] === select.value) &&
    search.every((word) => textOf(element).includes(word));

  const apply = () => {
    const search = id("search").value.toLowerCase().split(/\s+/).filter(Boolean);
    const pressed = tiles.filter((tile) => tile.ariaPressed === "true");
    for (const element of all) element.hidden = !fits(element, search, pressed);
    for (const list of document.querySelectorAll(".list")) {
      list.hidden = ![...list.querySelectorAll(".entry, .row")].some((element) => !element.hidden);
    }
    for (const box of boxes) {
      const entry = document.querySelector(box.getAttribute("href"));
      box.classList.toggle("off", Boolean(entry && entry.hidden));
    }
    const shown = all.filter((element) => !element.hidden).length;
    id("shown").value = shown === all.length ? `${count(shown)} shown` : `${count(shown)} of ${count(all.length)} shown`;
    id("none").hidden = shown > 0;
  };

  const clear = () => {
    id("search").value = "";
    for (const select of selects) select.value = "";
    for (const tile of tiles) tile.ariaPressed = "false";
    apply();
  };

  const openTarget = () => {
    const entry = location.hash.length > 1 ? id(location.hash.slice(1)) : null;
    if (!entry || !entry.matches(".entry")) return;
    if (entry.hidden) clear();
    entry.open = true;
    entry.scrollIntoView();
    entry.querySelector("summary").focus({ preventScroll: true });
  };

  const setOpen = (open) => () => {
    for (const element of all) if (!element.hidden && "open" in element) element.open = open;
  };

  if (filter) {
    filter.hidden = false;
    id("search").addEventListener("input", apply);
    for (const select of selects) select.addEventListener("change", apply);
    for (const tile of tiles) {
      tile.disabled = tile.dataset.count === "0";
      tile.addEventListener("click", () => {
        tile.ariaPressed = tile.ariaPressed === "true" ? "false" : "true";
        apply();
      });
    }
    id("expand")?.addEventListener("click", setOpen(true));
    id("collapse")?.addEventListener("click", setOpen(false));
    id("clear").addEventListener("click", () => { clear(); id("search").focus(); });
    apply();
  }

  const arrows = [...document.querySelectorAll(".arrow")];
  for (const box of boxes) {
    const link = box.getAttribute("href");
    const show = (on) => () => {
      for (const arrow of arrows) {
        arrow.classList.toggle("near", on && (arrow.dataset.first === link || arrow.dataset.then === link));
      }
    };
    for (const event of ["mouseenter", "focus"]) box.addEventListener(event, show(true));
    for (const event of ["mouseleave", "blur"]) box.addEventListener(event, show(false));
  }

  let closed = [];
  addEventListener("beforeprint", () => {
    closed = all.filter((element) => element.open === false);
    for (const element of closed) element.open = true;
  });
  addEventListener("afterprint", () => { for (const element of closed) element.open = false; });
  addEventListener("hashchange", openTarget);
  openTarget();
})();
