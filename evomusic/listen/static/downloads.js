// The menu of a melody's files, the same for every card of both pages.

const FORMS = [["mid", "MIDI"], ["musicxml", "MusicXML"], ["abc", "ABC"], ["wav", "WAV"]];

// path: of the files, without their ending; name: of the file that is saved, the server's where there is none.
export function downloads(article, path, name = null) {
  const menu = article.querySelector(".menu");
  if (!menu.querySelector("ul")) menu.append(list());
  for (const link of menu.querySelectorAll("[data-form]")) {
    link.href = `${path}.${link.dataset.form}`;
    if (name !== null) link.download = `${name}.${link.dataset.form}`;
  }
}

function list() {
  const made = document.createElement("ul");
  for (const [form, label] of FORMS) {
    const link = document.createElement("a");
    link.dataset.form = form;
    link.textContent = label;
    const item = document.createElement("li");
    item.append(link);
    made.append(item);
  }
  return made;
}

export const cardDownloads = (article, card) => downloads(article, `/api/cards/${encodeURIComponent(card.id)}/tune`, `melody-${card.name}`);
