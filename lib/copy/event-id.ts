/** An event's id in a line that is copied. */
import { idIn } from '../outline/identity.ts';
import { NOWHERE, TEXT } from '../outline/outline.ts';
import type { Draft } from '../stencil/draft.ts';

const QUOTE = 0x22;

/** Where JumpCloud gave it none: of its content, and of plain ASCII. */
export function writeEventId(draft: Draft): void {
  const { layout } = draft;
  const id = idIn(layout);
  if (id === NOWHERE) {
    draft.byte(QUOTE);
    draft.computed((_outline, contentId) => contentId);
    draft.byte(QUOTE);
    return;
  }
  // How such a text is written anew would have to be read.
  if (layout.loose[id] === 1) draft.giveUp();
  const isText = layout.kinds[id] === TEXT;
  if (!isText) draft.byte(QUOTE);
  draft.value(id);
  if (!isText) draft.byte(QUOTE);
}
