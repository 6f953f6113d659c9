/** The known word nearest to a mistyped one. */
import leven from 'leven';

/** @returns the candidate with the fewest edits, if so few are a slip of the fingers */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  // Two letters swapped are two edits.
  const mostEdits = word.length < 4 ? 1 : Math.max(2, Math.floor(word.length / 3));
  const edits = (candidate: string) => leven(normalized(word), normalized(candidate));
  const [best] = [...candidates].sort((one, other) => edits(one) - edits(other));
  return best !== undefined && edits(best) <= mostEdits ? best : undefined;
}

/** `startDate`, `start-date` and `Start_Date` are all `start_date`. */
function normalized(word: string): string {
  return word.replace(/[-_]/g, '').toLowerCase();
}
