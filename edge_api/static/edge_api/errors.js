// Shows the errors alone that have all words of the search.

const search = document.getElementById("search");
const count = document.getElementById("count");

search.addEventListener("input", () => {
  const words = search.value.toLowerCase().split(/\s+/);
  let found = 0;
  for (const section of document.querySelectorAll("section")) {
    for (const article of section.querySelectorAll("article")) {
      const text = article.textContent.toLowerCase();
      article.hidden = !words.every((word) => text.includes(word));
    }
    const shown = section.querySelectorAll("article:not([hidden])").length;
    section.hidden = !shown;
    found += shown;
  }
  count.textContent = search.value ? `${found} found` : "";
});
