import { asText, textOf } from '../arguments.js';
import type { Behaviour, Behaviours } from '../context.js';
import type { Database } from '../database.js';
import { XapiFault } from '../fault.js';
import { textField } from '../record.js';
import { textList } from '../values.js';

/** Nobody but root is known here: what asks a directory is told that there is none. */
const withoutDirectory: Behaviour = () => {
  throw new XapiFault('AUTH_IS_DISABLED');
};

/** A role without others below it is a permission; what a role may do are the permissions below it. */
function permissions(database: Database, role: string): readonly string[] {
  const below = textList(database.get('role', role).fields.get('subroles'));
  if (below.length === 0) return [role];
  return [...new Set(below.flatMap((ref) => permissions(database, ref)))];
}

function rolesWith(database: Database, permission: string): readonly string[] {
  return [...database.rows('role')]
    .map((role) => role.ref)
    .filter((role) => role !== permission && permissions(database, role).includes(permission));
}

function names(database: Database, roles: readonly string[]): readonly string[] {
  return roles.map((role) => textField(database.get('role', role), 'name_label'));
}

/** Who may do what: roles are told, subjects need a directory. */
export const ACCOUNTS: Behaviours = {
  'auth.get_subject_identifier': withoutDirectory,
  'auth.get_subject_information_from_identifier': withoutDirectory,
  'auth.get_group_membership': withoutDirectory,
  'subject.create': ({ pool: { database } }, [record]) => {
    const identifier = asText(
      typeof record === 'object' && record !== null && 'subject_identifier' in record
        ? record['subject_identifier']
        : '',
    );
    for (const subject of database.rows('subject')) {
      if (textField(subject, 'subject_identifier') === identifier) {
        throw new XapiFault('SUBJECT_ALREADY_EXISTS');
      }
    }
    throw new XapiFault('AUTH_IS_DISABLED');
  },
  'subject.add_to_roles': ({ pool: { database } }, [ref, role]) => {
    if (database.find('role', textOf(role)) === undefined) throw new XapiFault('ROLE_NOT_FOUND');
    const subject = database.get('subject', textOf(ref));
    const roles = textList(subject.fields.get('roles'));
    if (roles.includes(textOf(role))) throw new XapiFault('ROLE_ALREADY_EXISTS');
    database.set(subject, 'roles', [...roles, textOf(role)]);
    return '';
  },
  'subject.remove_from_roles': ({ pool: { database } }, [ref, role]) => {
    const subject = database.get('subject', textOf(ref));
    const roles = textList(subject.fields.get('roles'));
    if (!roles.includes(textOf(role))) throw new XapiFault('ROLE_NOT_FOUND');
    database.set(
      subject,
      'roles',
      roles.filter((known) => known !== role),
    );
    return '';
  },
  'subject.get_permissions_name_label': ({ pool: { database } }, [ref]) => {
    const roles = textList(database.get('subject', textOf(ref)).fields.get('roles'));
    return names(database, [...new Set(roles.flatMap((role) => permissions(database, role)))]);
  },
  'role.get_permissions': ({ pool }, [ref]) => permissions(pool.database, textOf(ref)),
  'role.get_permissions_name_label': ({ pool: { database } }, [ref]) =>
    names(database, permissions(database, textOf(ref))),
  'role.get_by_permission': ({ pool }, [ref]) => rolesWith(pool.database, textOf(ref)),
  'role.get_by_permission_name_label': ({ pool: { database } }, [label]) => {
    const named = [...database.rows('role')].find(
      (role) => textField(role, 'name_label') === textOf(label),
    );
    return named === undefined ? [] : rolesWith(database, named.ref);
  },
};
