Feature: Recording never makes an agent wait
  A call returns once its event is in the journal. Disks and databases take their time elsewhere.

  Scenario: Opening a service touches no disk
    Given a service
    Then there is nothing on disk
    When an event is recorded
    Then there is a journal on disk

  Scenario: Calls return while no commit can happen
    Given a service whose commits are held
    When 1000 events are recorded
    Then all 1000 calls have returned and no event is durable
    When the commits are let go
    Then all 1000 events become durable

  Scenario: Every event has its place, and each thread's events are in its order
    Given a service
    When 4 threads record 250 events each
    And the service is flushed
    Then the trail holds 1000 events, numbered from 0 without a hole
    And each of 4 threads finds its 250 events in the order of its calls

  Scenario: The time of an event is that of the call, not that of the commit
    Given a service whose commits are held
    When an event is recorded
    And time has passed with the commit at a standstill
    And the commits are let go
    Then its `created_at` is the moment of the call
    And its `recorded_at` is later than the standstill

  Scenario: A misspelt type is refused, and the nearest known one proposed
    Given a service
    When an event of type "resource_modifed" is recorded
    Then it is refused as "UnknownType" with a message about "resource_modified"
    And the event is given back
    And there is nothing on disk

  Scenario Outline: What breaks a rule is refused at the call, with the field and the event
    Given a service
    When <what> is recorded
    Then it is refused as "Invalid" with a message about "<field>"
    And the event is given back

    Examples:
      | what                               | field      |
      | an event of Annals' own type       | event_type |
      | an event with oversized details    | details    |
      | an event with an integer of 2 ** 53 | details   |
      | an event with a NUL in its tool    | tool       |

  Scenario: After the end, recording is an error and never silence
    Given a service
    When an event is recorded
    And the service is closed
    And an event of type "plan_applied" is recorded
    Then it is refused as "Closed" with a message about "closed"
    And the event is given back
    And a second process counts 1 event
