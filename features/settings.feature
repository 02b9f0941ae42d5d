Feature: Settings come from four places, and everyone can see which one won

  Scenario: Defaults
    Given a program without settings
    Then these settings are in force
      | audit_async          | true      | default |
      | audit_queue_maxsize  | 10000     | default |
      | audit_journal_bytes  | 8388608   | default |
      | audit_record_timeout | 30s       | default |
      | audit_batch_max      | 4096      | default |
      | audit_batch_linger   | 2ms       | default |
      | audit_close_timeout  | 5s        | default |
      | audit_event_types    |           | default |
      | audit_sheddable      |           | default |
      | audit_redact_keys    |           | default |
      | audit_max_details    | 65536     | default |
      | capture              | arguments | default |

  Scenario: A flag beats the environment, and the environment beats the file
    Given a program with these settings
      | layer       | name                | value |
      | file        | audit_batch_max     | 5     |
      | file        | audit_batch_linger  | 7ms   |
      | file        | audit_max_details   | 1KiB  |
      | environment | audit_batch_linger  | 8ms   |
      | environment | audit_max_details   | 2KiB  |
      | flag        | audit_max_details   | 3KiB  |
    Then these settings are in force
      | audit_batch_max    | 5    | file annals.toml                        |
      | audit_batch_linger | 8ms  | environment ANNALS_AUDIT_BATCH_LINGER   |
      | audit_max_details  | 3072 | flag --set                              |
      | audit_async        | true | default                                 |

  Scenario: What the program itself says stands beside them
    Given a program that sets its queue to 12 events by the builder
    Then these settings are in force
      | audit_queue_maxsize | 12 | program |

  Scenario: Without being asked, the library reads no environment
    Given a program that ignores its environment, with these settings
      | layer       | name            | value |
      | environment | audit_batch_max | 5     |
    Then these settings are in force
      | audit_batch_max | 4096 | default |

  Scenario: The environment chooses the data directory and the mode
    Given a program with these settings
      | layer       | name        | value           |
      | environment | data        | elsewhere/trail |
      | environment | audit_async | off             |
    Then these settings are in force
      | data         | elsewhere/trail                  | environment ANNALS_DATA        |
      | database_url | sqlite:elsewhere/trail/annals.db | default                        |
      | audit_async  | false                            | environment ANNALS_AUDIT_ASYNC |

  Scenario Outline: A bad value is an error that names the variable and what would be right
    Given a program with these settings
      | layer       | name   | value   |
      | environment | <name> | <value> |
    Then the program refuses to start and names "<variable>" and "<right>"

    Examples:
      | name                 | value       | variable                    | right         |
      | audit_queue_maxsize  | many        | ANNALS_AUDIT_QUEUE_MAXSIZE  | whole number  |
      | audit_record_timeout | 30          | ANNALS_AUDIT_RECORD_TIMEOUT | 500ms         |
      | audit_async          | perhaps     | ANNALS_AUDIT_ASYNC          | true          |
      | audit_journal_bytes  | 1KiB        | ANNALS_AUDIT_JOURNAL_BYTES  | 256KiB        |
      | database_url         | mysql://u:p@h | ANNALS_DATABASE_URL       | sqlite:PATH   |
      | audit_event_types    | audit.mine  | audit_event_types           | audit.        |

  Scenario: A bad address does not repeat its password
    Given a program with these settings
      | layer       | name         | value               |
      | environment | database_url | mysql://me:pass123@h |
    Then the program refuses to start and does not repeat "pass123"

  Scenario: A type of a program's own is registered on its service alone
    Given a service that knows the type "deploy.started"
    When an event of type "deploy.started" is recorded
    Then all 1 events become durable
    When another service beside it is asked to record a "deploy.started"
    Then it is refused as "UnknownType" with a message about "deploy.started"
