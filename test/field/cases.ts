/** Something that a user's environment does to the program. */
export interface FieldCase {
    situation: string;
    right: string;
    /** The tests that show it: file below test/, and the name as it stands there. */
    tests: [file: string, name: string][];
}

/** Every case that a test shows, by what it is about. */
export const fieldCases: Record<string, FieldCase[]> = {
    "Other stacks, other folders, other tools": [
        {
            situation:
                "a second stack is made beside that of `npm start`, and becomes the selected one",
            right: "`npm start`, `npm stop`, `npm run outputs` and `npm run pulumi` stay with the sandbox's stack; the other one gets none of its configuration",
            tests: [
                [
                    "scripts/secondStack.test.ts",
                    "a second stack beside the sandbox's gets none of its configuration, and none of its commands",
                ],
                [
                    "scripts/secondStack.test.ts",
                    "the sandbox's stack is named even where no stack is selected",
                ],
            ],
        },
        {
            situation:
                "`npm run recover` on a machine without the network and without an installed Pulumi",
            right: "it takes the CLI that everything else takes, and downloads nothing",
            tests: [
                [
                    "scripts/recover.test.ts",
                    "npm run recover takes the project's CLI where none is installed, and downloads nothing",
                ],
            ],
        },
    ],
};
