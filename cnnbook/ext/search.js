/* Search that finds: how a question is split into words of the index, and how its answers are ranked.
   Sphinx puts this file into language_data.js; PARTICLES is written above it by cnnbook/ext/search.py. */

const HANGUL = /[가-힣]/;
const ENDS_IN_PARTICLE = new RegExp(`(?:${PARTICLES.join("|")})$`);

/* 커널을 → 커널; a short word is left alone, for it may be a noun that ends like a particle. */
const withoutParticle = (word) => {
  const stem = word.length > 2 ? word.replace(ENDS_IN_PARTICLE, "") : word;
  return stem.length > 1 ? stem : word;
};

/* The least number of letters to insert, drop, change or swap; more than `limit` is reported as infinite. */
const spellingDistance = (a, b, limit) => {
  if (Math.abs(a.length - b.length) > limit) return Infinity;
  let beforeLast = [], last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      row[j] = Math.min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (a[i - 1] !== b[j - 1]));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        row[j] = Math.min(row[j], beforeLast[j - 2] + 1);
    }
    if (Math.min(...row) > limit) return Infinity;
    [beforeLast, last] = [last, row];
  }
  return last[b.length] > limit ? Infinity : last[b.length];
};

/* What the loaded index knows. Its terms are stems; titles and index entries have whole words, to correct spelling by. */
class Vocabulary {
  constructor(index) {
    const words = (texts) => texts.flatMap((text) => splitWords(text.toLowerCase()));
    const names = Object.entries(index.objects).flatMap(([prefix, found]) => found.map((one) => `${prefix}.${one[4]}`));
    this.stemmer = new Stemmer();
    this.stems = new Set([...Object.keys(index.terms), ...Object.keys(index.titleterms)]);
    this.names = names.join(" ").toLowerCase();
    this.whole = new Set(words([...Object.keys(index.alltitles), ...Object.keys(index.indexentries)]));
  }
  stem(word) {
    return HANGUL.test(word) ? word : this.stemmer.stemWord(word);
  }
  has(word) {
    return this.stems.has(this.stem(word));
  }
  hasPart(word) {
    const stem = this.stem(word);
    return stem.length > 2 && (this.names.includes(word) || [...this.stems].some((known) => known.includes(stem)));
  }
  /* 제로패딩 → 제로, 패딩. */
  parts(word) {
    for (let cut = word.length - 2; cut >= 2; cut--) {
      const [first, second] = [word.slice(0, cut), withoutParticle(word.slice(cut))];
      if (this.has(first) && this.has(second)) return [first, second];
    }
    return null;
  }
  /* Hangul is compared letter by letter, not syllable by syllable. */
  nearest(word) {
    const letters = word.normalize("NFD");
    let best = null, limit = letters.length < 5 ? 0 : letters.length < 8 ? 1 : 2;
    for (const known of [...this.whole, ...this.stems]) {
      const distance = limit && spellingDistance(letters, known.normalize("NFD"), limit);
      if (distance && distance !== Infinity && (best === null || distance < best.distance)) best = { known, distance };
    }
    return best && best.known;
  }
}

const splitWords = (text) => text.match(/[가-힣]+|(?:(?![가-힣])[\p{Letter}\p{Number}_])+/gu) || [];

/* Sphinx looks titles and index entries up by the question as it was typed, where a particle or a slip would hide them. */
const askAsUnderstood = (search) => {
  const perform = search._performSearch;
  search._performSearch = (query, ...rest) => {
    const typed = query.toLowerCase().trim();
    return perform(Object.hasOwn(search._index.indexentries, typed) ? typed : asked.join(" "), ...rest);
  };
};

/* An excerpt quotes prose: the words in figures, the numbers of lines and the second form of a formula are none. */
const NOT_PROSE = "svg, .linenos, .katex-html, annotation";
const quoteProse = (search) => {
  const read = search.htmlToText;
  search.htmlToText = (html, anchor) => {
    const page = new DOMParser().parseFromString(html, "text/html");
    page.querySelectorAll(NOT_PROSE).forEach((element) => element.remove());
    return read(page.documentElement.outerHTML, anchor);
  };
};

let vocabulary = null, vocabularyOf = null;
let asked = [];

/* Called by Sphinx. A word that no page has is corrected; if it cannot be, it must not hide the pages that have the others. */
function splitQuery(query) {
  const index = (typeof Search !== "undefined" && Search._index) || null;
  const words = splitWords(query).map((word) => (HANGUL.test(word) ? withoutParticle(word) : word));
  if (index === null) return words;
  if (vocabularyOf === null) {
    askAsUnderstood(Search);
    quoteProse(Search);
  }
  if (vocabularyOf !== index) [vocabulary, vocabularyOf] = [new Vocabulary(index), index];
  const found = words.flatMap((word) => {
    const lower = word.toLowerCase();
    if (vocabulary.has(lower) || vocabulary.hasPart(lower)) return [word];
    return vocabulary.parts(lower) || vocabulary.nearest(lower) || [];
  });
  const answered = found.length ? found : words;
  asked = answered.map((word) => word.toLowerCase());
  return answered;
}

/* A page whose title is what was asked for comes before a page that mentions it. */
var Scorer = {
  score: ([page, title, , , score, , kind]) => {
    const name = title.toLowerCase().replace(/\s+/g, "");
    // Who asks for a convolution does not ask for `convolutionize`: of the API, names count as a whole.
    const named = kind === "object" ? name.split(/[^\p{L}\p{N}_]+/u) : name;
    const hits = asked.filter((word) => named.includes(word));
    const covered = hits.reduce((sum, word) => sum + word.length, 0) / name.length;
    const told = asked.length ? 10 * (hits.length / asked.length) + 10 * Math.min(1, covered) : 0;
    // Sphinx gives an index entry up to 100, so the glossary would fill the first screen: only an exact entry leads.
    // Who asks for a word wants it explained; who wants the API asks for a name.
    const behind = page.startsWith("api/") && kind !== "object" ? 10 : 0;
    return told - behind + (kind === "index" ? (score >= 100 ? 30 : score / 10) : score);
  },
  objNameMatch: 11,
  objPartialMatch: 6,
  objPrio: { 0: 15, 1: 5, 2: -5 },
  objPrioDefault: 0,
  title: 15,
  partialTitle: 7,
  term: 5,
  partialTerm: 2,
};
