// Keys of one character or arrow, for those who want them: hear, choose, stop.

const HEAR = { 1: 0, a: 0, 2: 1, b: 1 };
const CHOOSE = { ArrowLeft: "a", ArrowRight: "b", "=": "same", s: "same" };

export function listenToKeys(box, player, pair) {
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      closeMenus(event);
      player.stop("Stopped");
      return;
    }
    if (!box.checked || event.ctrlKey || event.metaKey || event.altKey || event.repeat || !pair.asked) return;
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    const { target } = event;
    if (key in HEAR) pair.hear(HEAR[key]);
    else if (key in CHOOSE && !target.closest("#cards, #player, #real-panel, input")) pair.choose(CHOOSE[key]);
    else return;
    event.preventDefault();
  });
  document.addEventListener("click", (event) => {
    for (const menu of document.querySelectorAll("details.menu[open]")) if (!menu.contains(event.target)) menu.open = false;
  });
}

function closeMenus(event) {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (menu.contains(event.target)) menu.querySelector("summary").focus();
    menu.open = false;
  }
}
