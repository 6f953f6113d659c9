/** The frame of every picture, for light and for dark screens. */

export interface Theme {
  readonly background: string;
  readonly border: string;
  readonly text: string;
  readonly dim: string;
  readonly green: string;
  readonly red: string;
  readonly blue: string;
  readonly orange: string;
}

export const THEMES: Readonly<Record<'light' | 'dark', Theme>> = {
  light: {
    ...{ background: '#ffffff', border: '#d0d7de', text: '#1f2328', dim: '#656d76' },
    ...{ green: '#1a7f37', red: '#cf222e', blue: '#0969da', orange: '#bc4c00' },
  },
  dark: {
    ...{ background: '#0d1117', border: '#30363d', text: '#e6edf3', dim: '#8b949e' },
    ...{ green: '#3fb950', red: '#f85149', blue: '#58a6ff', orange: '#db6d28' },
  },
};

interface Frame {
  readonly width: number;
  readonly height: number;
  readonly theme: Theme;
  readonly title: string;
}

export function svg({ width, height, theme, title }: Frame, parts: readonly string[]): string {
  const { background, border, text } = theme;
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" fill="${text}" role="img">`,
    `<title>${escaped(title)}</title>`,
    `<rect x="0.5" y="0.5" width="${width - 1}" height="${height - 1}" rx="8" fill="${background}" stroke="${border}"/>`,
    ...parts,
    '</svg>',
  ].join('\n')}\n`;
}

export function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
