// The first of the reader's languages that the book speaks; the links below stay for readers without scripts.
const spoken = navigator.languages.map((tag) => tag.slice(0, 2)).find((tag) => ["en", "ko"].includes(tag));
location.replace(`${spoken ?? "en"}/index.html`);
