/** The parts of a Markdown page that tests look at, found by markdown-it. */
import MarkdownIt, { type Token } from 'markdown-it';

/** What stands for code in a sentence: one word. */
const CODE = 'Code';
const parser = new MarkdownIt({ html: true });
/** By Unicode's rules; it comes with Node. */
const sentences = new Intl.Segmenter('en', { granularity: 'sentence' });

/** Texts of paragraphs, headings or table cells, by the token that opens them. */
function inlineIn(markdown: string, opening: string): Token[] {
  const tokens = parser.parse(markdown, {});
  return tokens.filter(({ type }, n) => type === 'inline' && tokens[n - 1]?.type === opening);
}

function plainText({ children }: Token, code?: string): string {
  return (children ?? [])
    .map(({ type, content }) => (type === 'softbreak' ? ' ' : type === 'code_inline' ? (code ?? content) : content))
    .join('');
}

/** Of its paragraphs and list items: no code, table or heading, and of a link its text. */
export function sentencesIn(markdown: string): string[] {
  return inlineIn(markdown, 'paragraph_open').flatMap((paragraph) => splitIntoSentences(plainText(paragraph, CODE)));
}

export function splitIntoSentences(text: string): string[] {
  return [...sentences.segment(text)].map(({ segment }) => segment.trim()).filter((sentence) => /\w/.test(sentence));
}

export function wordsIn(sentence: string): number {
  return sentence.split(/\s+/).filter((word) => /\w/.test(word)).length;
}

/** As GitHub and others make anchors of headings. */
export function anchorsIn(markdown: string): Set<string> {
  const headings = inlineIn(markdown, 'heading_open').map((heading) => plainText(heading));
  return new Set(
    headings.map((text) =>
      text
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
        .replaceAll(' ', '-'),
    ),
  );
}

/** Where links and pictures lead, also those in HTML. */
export function targetsIn(markdown: string): string[] {
  const tokens = parser.parse(markdown, {}).flatMap((token) => [token, ...(token.children ?? [])]);
  return tokens.flatMap((token) => {
    if (token.type.startsWith('html'))
      return [...token.content.matchAll(/(?:src|srcset|href)="([^"]+)"/g)].map(([, target = '']) => target);
    return token.attrs?.filter(([name]) => name === 'href' || name === 'src').map(([, target]) => String(target)) ?? [];
  });
}

/** Its blocks of shell commands. */
export function shellBlocksIn(markdown: string): string[] {
  return parser
    .parse(markdown, {})
    .filter(({ type, info }) => type === 'fence' && info === 'sh')
    .map(({ content }) => content);
}

/** What stands between backticks in its lines. */
export function codeIn(markdown: string): string[] {
  return parser
    .parse(markdown, {})
    .flatMap(({ children }) => children ?? [])
    .filter(({ type }) => type === 'code_inline')
    .map(({ content }) => content);
}
