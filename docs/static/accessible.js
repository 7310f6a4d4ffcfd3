// What the theme and the gallery leave unnamed: headings and their levels, names of landmarks and of pictures that are links,
// and the keyboard's way into what scrolls.
addEventListener("DOMContentLoaded", () => {
  const all = (selector, change) => document.querySelectorAll(selector).forEach(change);
  all(".caption[role=heading]", (e) => e.setAttribute("aria-level", "2"));
  all(".sidebar-drawer", (e) => e.setAttribute("aria-label", "Contents"));
  all(".toc-drawer", (e) => e.setAttribute("aria-label", "On this page"));
  all(".table-wrapper, pre, .sphx-glr-script-out", (e) => (e.tabIndex = 0));
  all("#search-results", (e) => {
    const heading = document.createElement("h1");
    heading.textContent = "Search";
    e.before(heading);
  });
  all(".sphx-glr-thumbcontainer", (e) => {
    const title = e.querySelector(".sphx-glr-thumbnail-title");
    e.querySelectorAll("a").forEach((a) => a.setAttribute("aria-label", title.textContent));
  });
});
