/** An event's id in a line that is copied. */

import type { LineWriter } from '../line-writer.ts';
import { idIn } from '../outline/identity.ts';
import { type Outline, TEXT } from '../outline/outline.ts';

const QUOTE = 0x22;

/**
 * @param contentId the event's id where JumpCloud gave it none; of plain ASCII
 * @returns false where the id would have to be read to know how it is written
 */
export function writeEventId(writer: LineWriter, outline: Outline, contentId: string | undefined): boolean {
  const id = idIn(outline);
  if (contentId === undefined && outline.loose[id] === 1) return false;
  const isText = contentId === undefined && outline.kinds[id] === TEXT;
  if (!isText) writer.byte(QUOTE);
  if (contentId === undefined) writer.copy(outline.starts[id] as number, outline.ends[id] as number);
  else writer.text(contentId);
  if (!isText) writer.byte(QUOTE);
  return true;
}
