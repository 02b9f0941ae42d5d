Feature: The writer lives as long as it is needed and survives what goes wrong

  Scenario: One thread, named, from the first event to the end
    When a program counts its writer threads on its way
    Then it saw these writer threads
      | after open              | 0 |
      | after reading           | 0 |
      | after the first event   | 1 |
      | after many from threads | 1 |
      | after flush             | 1 |
      | after close             | 0 |

  Scenario Outline: A write error is survived and the event kept
    Given a service whose commits fail as <error>
    When 10 events are recorded
    Then the service says it is degraded because of "<message>"
    When the database is mended
    Then all 10 events become durable
    And the trail holds 10 events, numbered from 0 without a hole
    And the service says it is well

    Examples:
      | error              | message |
      | busy               | Busy    |
      | disk full          | StorageFull |
      | input/output error | Io      |
      | read-only          | ReadOnly |

  Scenario: A commit whose answer is lost is written once
    Given a service whose next 2 commits lose their answer
    When 10 events are recorded
    Then all 10 events become durable
    And the trail holds 10 events, numbered from 0 without a hole

  Scenario: A store that panics while it writes loses nothing and stops nobody
    Given a service whose next 2 commits panic
    When 10 events are recorded
    Then all 10 events become durable
    And the trail holds 10 events, numbered from 0 without a hole
    And the service says it is well

  Scenario: An event that the database refuses for itself is put aside and declared, and the rest goes on
    Given a service whose next commit is refused for its row
    When an event is recorded
    Then the receipt says "Rejected"
    And 1 dead letter is kept
    And a gap is declared because of "dead_letter" for 1 event
    When 10 events are recorded
    Then the last 10 events become durable

  Scenario: What cannot mend by waiting is told at once, and nothing that was accepted is lost
    Given a service whose commits fail as corrupt
    When an event is recorded
    Then the service says it is failing because of "Corrupt"
    When an event of type "plan_applied" is recorded
    Then it is refused as "Corrupt" with a message about "append"
    And the event is given back
    When the database is mended
    And the service is well again
    Then all 1 events become durable
    And the service says it is well
    When an event is recorded
    Then all 2 events become durable
