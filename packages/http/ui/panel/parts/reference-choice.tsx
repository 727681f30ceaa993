import { ReferenceChoice as Choice } from '../../parts/reference-choice.js';
import { usePanel } from '../context.js';
import { titleOf } from '../titles.js';

interface ReferenceChoiceProps {
  readonly id: string;
  /** The type to choose from. */
  readonly of: string;
  /** The id of what is chosen; empty for nothing. */
  readonly value: string;
  readonly onChange: (id: string) => void;
  readonly isRequired: boolean;
  readonly describedBy: string;
  readonly isWrong: boolean;
}

/** A choice among the resources of a type. */
export function ReferenceChoice({ of, ...props }: ReferenceChoiceProps) {
  const { api, catalogue, say } = usePanel();
  const schema = catalogue.type(of);
  const url = schema && catalogue.collectionUrl(schema);
  return <Choice {...props} api={api} say={say} url={url} titleOf={titleOf} />;
}
