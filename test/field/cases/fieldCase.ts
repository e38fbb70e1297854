/** Something that a user's environment does to the program. */
export interface FieldCase {
    id: string;
    situation: string;
    right: string;
    /** The tests that show it: file below test/, and the name as it stands there. */
    tests: [file: string, name: string][];
}
